import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { baseImages, pinned } from "../../tools/base-images.ts";

const root = new URL("../../", import.meta.url);
const dockerfile = readFileSync(new URL("Dockerfile", root), "utf8");
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

describe("the Dockerfile", () => {
  test("takes the digest of every base image as a build argument, and records it", () => {
    const images = baseImages(dockerfile);
    expect(images.map(({ argument }) => argument)).toEqual(["BUILD_DIGEST", "RUNTIME_DIGEST"]);
    expect([...dockerfile.matchAll(/^FROM /gm)]).toHaveLength(images.length);
    for (const { argument } of images) expect(dockerfile).toMatch(new RegExp(`^ +\\S+\\.digest="\\$${argument}"`, "m"));
  });

  test("builds with the release of Node that everything else runs on", () => {
    const { node } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")).dependencies;
    const [build, runtime] = baseImages(dockerfile);
    expect(build?.image).toBe(`node:${node}-trixie-slim`);
    expect(runtime?.image).toContain(`nodejs${node.split(".")[0]}-`);
  });
});

describe("a release", () => {
  const images = [
    { argument: "A_DIGEST", image: "example.com/a:1.2.3" },
    { argument: "B_DIGEST", image: "b:4" },
  ];

  test("pins each by what its registry says", async () => {
    const said: { readonly [image: string]: string } = {
      "example.com/a:1.2.3": `${digest("a")}\n`,
      "b:4": digest("b"),
    };
    expect(await pinned(images, async (image) => said[image] ?? "")).toEqual([
      ...["--build-arg", `A_DIGEST=${digest("a")}`],
      ...["--build-arg", `B_DIGEST=${digest("b")}`],
    ]);
  });

  test("fails where a registry says anything else, and where a stage would not heed the digest", async () => {
    await expect(pinned(images, async () => "latest")).rejects.toThrow('example.com/a:1.2.3: "latest" is no digest');
    expect(() => baseImages("ARG BUILD_IMAGE=node:24.21.0\nARG BUILD_DIGEST=\nFROM $BUILD_IMAGE\n")).toThrow(
      "no stage begins from $BUILD_IMAGE by $BUILD_DIGEST",
    );
  });
});
