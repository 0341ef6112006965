import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** A base image of the Dockerfile: the build argument that takes its digest, and its default name. */
export interface BaseImage {
  readonly argument: string;
  readonly image: string;
}

/**
 * The base images of a Dockerfile's stages: `ARG X_IMAGE=name:tag`, each with its `ARG X_DIGEST`.
 * @throws Error if one has no digest
 */
export function baseImages(dockerfile: string): readonly BaseImage[] {
  return [...dockerfile.matchAll(/^ARG (\w+)_IMAGE=(\S+)$/gm)].map(([, name = "", image = ""]) => {
    const argument = `${name}_DIGEST`;
    const from = new RegExp(`^FROM .*\\$\\{${name}_IMAGE\\}\\$\\{${argument}:\\+@\\$${argument}\\}`, "m");
    if (!from.test(dockerfile)) throw new Error(`no stage begins from $${name}_IMAGE by $${argument}`);
    return { argument, image };
  });
}

/**
 * `--build-arg` flags that pin each base image by its present digest.
 * @param digestOf asks the image's registry
 * @throws Error if the registry has no digest
 */
export async function pinned(
  images: readonly BaseImage[],
  digestOf: (image: string) => Promise<string>,
): Promise<readonly string[]> {
  const flags = images.map(async ({ argument, image }) => {
    const digest = (await digestOf(image)).trim();
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`${image}: ${JSON.stringify(digest)} is no digest`);
    return ["--build-arg", `${argument}=${digest}`];
  });
  return (await Promise.all(flags)).flat();
}

/** The digest of the image index, which is for all platforms. */
async function askRegistry(image: string): Promise<string> {
  const command = ["buildx", "imagetools", "inspect", image, "--format", "{{.Manifest.Digest}}"];
  return (await promisify(execFile)("docker", command)).stdout;
}

if (import.meta.main) {
  const images = baseImages(readFileSync(join(import.meta.dirname, "../Dockerfile"), "utf8"));
  console.log((await pinned(images, askRegistry)).join(" "));
}
