import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { load, loadAll } from "js-yaml";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { provideValidator, validators } from "../../../tools/validators/provide.ts";

const run = promisify(execFile);
const chart = join(import.meta.dirname, "../../../deploy/chart");

/** How long building them may take where nothing is built yet and much else goes on. */
export const validatorsMilliseconds = 900_000;

/** Has them built, where they are not. */
export async function provideValidators(): Promise<void> {
  for (const validator of validators) await provideValidator(validator);
}

/** What Helm's own engine says to a command. @throws Error with what it complained of */
export async function helm(...commandLine: readonly string[]): Promise<string> {
  const folder = await provideValidator("helm");
  const { stdout } = await run(join(folder, "helm"), [...commandLine], { maxBuffer: 16_777_216 });
  return stdout;
}

/** The objects that Helm makes of the chart. */
export async function helmTemplate(namespace: string, flags: readonly string[]): Promise<readonly KubeObject[]> {
  const yaml = await helm("template", "plugboard", chart, "--namespace", namespace, ...flags);
  return (loadAll(yaml) as readonly (KubeObject | null | undefined)[]).filter(
    (one) => one !== null && one !== undefined,
  );
}

/** What Helm finds wrong with the chart. */
export async function helmLint(flags: readonly string[]): Promise<string> {
  return helm("lint", chart, "--strict", ...flags);
}

/** What Knative's own validation says of each object of its kinds: `ok`, or what is wrong. */
export async function judgedByKnative(
  objects: readonly object[],
  features: readonly string[] = [],
): Promise<readonly string[]> {
  const folder = await provideValidator("knative");
  const validator = spawn(join(folder, "knative"), features, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(validator, "close");
  validator.stdin.end(objects.map((object) => `${JSON.stringify(object)}\n`).join(""));
  const [answers] = await Promise.all([text(validator.stdout), ended]);
  return answers.trimEnd().split("\n");
}

/** The CRDs of Knative's kinds, as it publishes them; what asks its webhooks is left out, which do not run here. */
export async function knativeDefinitions(): Promise<readonly object[]> {
  const folder = join(await provideValidator("knative"), "crds");
  return readdirSync(folder).map((name) => {
    const { spec, ...rest } = load(readFileSync(join(folder, name), "utf8")) as { readonly spec: object };
    return { ...rest, spec: { ...spec, conversion: { strategy: "None" } } };
  });
}
