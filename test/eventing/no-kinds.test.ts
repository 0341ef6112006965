import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { ourKinds } from "../../crds/kinds.ts";

const eventing = new URL("../../eventing/", import.meta.url);
const files = readdirSync(eventing, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
const names = ourKinds({ operatorNamespace: "plugboard", clusterUid: undefined }).kinds.flatMap((kind) =>
  kind.open(({ name, stages }) => (stages === undefined ? [] : [name])),
);

test("the loop names none of the kinds that it runs", () => {
  expect(names).toEqual(["Socket", "Plug", "DeferredResource", "Apparatus", "Snapshot", "KeptKeys"]);
  const word = new RegExp(`(?<![a-z])(${names.join("|")})(e?s)?(?![a-z])`, "gi");
  const found = files.flatMap((file) =>
    [...readFileSync(new URL(file, eventing), "utf8").matchAll(word)].map(([text]) => `${file}: ${text}`),
  );
  expect(files.length).toBeGreaterThan(20);
  expect(found).toEqual([]);
});
