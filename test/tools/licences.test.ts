import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

const root = new URL("../../", import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), "utf8");

test.each(["LICENSE", "NOTICE"])(
  "%s reaches the image: its build is given it, and its last stage copies it",
  (file) => {
    expect(read(".dockerignore").split("\n")).toContain(`!${file}`);
    const lastStage =
      read("Dockerfile")
        .split(/^FROM /m)
        .at(-1) ?? "";
    expect(lastStage).toMatch(new RegExp(`^COPY --from=build .* /build/dist/${file} .*/plugboard/$`, "m"));
  },
);

test("LICENSE is the one that package.json and the image's label name", () => {
  const { license } = JSON.parse(read("package.json"));
  expect(license).toBe("Apache-2.0");
  expect(read("LICENSE")).toMatch(/^\s*Apache License\s+Version 2\.0,/);
  expect(read("Dockerfile")).toContain(`org.opencontainers.image.licenses="${license}"`);
});
