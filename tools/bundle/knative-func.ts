import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dump } from "js-yaml";
import { lifecycleName } from "../../cli/serve/served-functions.ts";
import { targetOf } from "../../crds/stage-names.ts";
import { parseServerless } from "../../eventing/broker/serverless.ts";
import { longestEventBytes, longestObjectBytes } from "../../eventing/http/serving/intake.ts";
import { root } from "./bundle.ts";

/** Makes a project for `func deploy --path` for each function, in func/ beside functions.mjs. */
export async function knativeFuncProjects(folder: string): Promise<void> {
  const { functions } = parseServerless(await readFile(join(root, "serverless.yaml"), "utf8"));
  const { version, license, devDependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  for (const { name } of functions) {
    const target = targetOf(name);
    const project = join(folder, "func", target);
    await mkdir(project, { recursive: true });
    await copyFile(join(folder, "functions.mjs"), join(project, "index.mjs"));
    await copyFile(join(folder, "render-worker.mjs"), join(project, "render-worker.mjs"));
    await writeFile(join(project, "func.yaml"), dump(funcYaml(target)));
    await writeFile(
      join(project, "package.json"),
      packageFile({ name: target, version, license }, devDependencies["faas-js-runtime"]),
    );
  }
}

/** The schema requires `created`. The time is fixed, so that the same sources give the same files. */
function funcYaml(target: string): object {
  const bodyBytesAtMost = target === lifecycleName ? longestObjectBytes : longestEventBytes;
  return {
    specVersion: "0.36.0",
    name: target,
    runtime: "node",
    created: "2026-01-01T00:00:00Z",
    invoke: "cloudevent",
    run: {
      envs: [
        { name: "FUNCTION_TARGET", value: target },
        // The runtime reads the bodies.
        { name: "FUNC_BODY_LIMIT", value: String(bodyBytesAtMost) },
      ],
    },
    deploy: {
      namespace: "plugboard",
      serviceAccountName: target,
      options: { scale: { min: 0 }, resources: { requests: { cpu: "50m", memory: "128Mi" } } },
      healthEndpoints: { liveness: "/health/liveness", readiness: "/health/readiness" },
    },
  };
}

function packageFile(project: { readonly [field: string]: string }, runtime: string): string {
  const start = "faas-js-runtime ./index.mjs";
  const file = { ...project, private: true, type: "module", main: "index.mjs", scripts: { start } };
  const engines = { node: ">=24" };
  return `${JSON.stringify({ ...file, engines, dependencies: { "faas-js-runtime": runtime } }, undefined, 2)}\n`;
}
