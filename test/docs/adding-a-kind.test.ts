import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

const page = readFileSync(new URL("../../docs/design/adding-a-kind.md", import.meta.url), "utf8");
const kind = readFileSync(new URL("../eventing/toy/greeting.ts", import.meta.url), "utf8");
const blocks = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, text = ""]) => text);

test("docs/design/adding-a-kind.md shows the kind that the loop is tried with, in sixty lines", () => {
  expect(blocks).toHaveLength(2);
  expect(kind).toContain(blocks[1]);
  const shown = (blocks[0] ?? "").split("\n").filter((line) => !line.includes("stages:") && !line.includes("watched:"));
  for (const line of shown) expect(kind).toContain(line);
  expect(kind.trimEnd().split("\n").length).toBeLessThanOrEqual(60);
});
