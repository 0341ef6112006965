import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { root, typed } from "../cli/terminal.ts";

// Within the repository, as the page says: there `plugboard/operator` is found.
const folder = join(root, ".cache/first-operator");

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
});

afterAll(() => rmSync(folder, { recursive: true }));

test("the first operator of the documentation does what its page shows", async () => {
  const page = readFileSync(join(root, "docs/operators/first-operator.md"), "utf8");
  const blocks = [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, text = ""]) => ({ language, text }));
  const [crd, ann] = blocks.filter(({ language }) => language === "yaml");
  const operator = blocks.find(({ language }) => language === "ts");
  writeFileSync(join(folder, "crd.yaml"), crd?.text ?? "");
  writeFileSync(join(folder, "ann.yaml"), ann?.text ?? "");
  writeFileSync(join(folder, "greeting.ts"), operator?.text ?? "");
  const { stdout: types } = await typed("operator", "types", join(folder, "crd.yaml"));
  expect(types).toContain('readonly "example.com/v1/Greeting": Greeting;');
  writeFileSync(join(folder, "greeting.generated.ts"), types);
  const { code, stdout } = await typed("operator", "dev", join(folder, "greeting.ts"), folder, "--once");
  expect(stdout).toContain("Greeting apps/ann  created ConfigMap ann");
  expect(stdout).toContain("Greeting apps/ann  ready");
  expect(code).toBe(0);
});
