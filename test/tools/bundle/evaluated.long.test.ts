import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { functionNames } from "../../../cli/serve/served-functions.ts";
import { targetOf } from "../../../crds/stage-names.ts";
import { type Built, build, sampleEvent, start, structured } from "./built.ts";
import { type EmptyApiServer, startEmptyApiServer } from "./empty-api-server.ts";
import { evaluatedModules } from "./evaluated.ts";

const targets = functionNames.map(targetOf);

let built: Built;
let api: EmptyApiServer;
beforeAll(async () => {
  [built, api] = await Promise.all([build(), startEmptyApiServer()]);
});
afterAll(async () => {
  await built[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

/** What no stage uses to find out that there is nothing to do. */
const never = [
  ...["kit/memory/", "eventing/loop/source.ts", "eventing/watching/", "eventing/broker/"],
  ...[
    "cli/operate/run.ts",
    "cli/dev/dev.ts",
    "cli/operate/source.ts",
    "cli/operate/metrics.ts",
    "cli/deploy/",
    "crds/documents.ts",
  ],
  ...["@marcbachmann/cel-js", "prom-client", "@opentelemetry/api", "pino-pretty", "jose"],
  // Deferred until a template, a pattern, a range of versions or a keyword needs them.
  ...["@peculiar/", "asn1js", "bcryptjs", "handlebars", "re2js", "semver", "ajv-formats", "ajv/dist/compile"],
  // Where connections speak HTTP/1.1, and one process serves alone.
  ...["builtin:http2", "builtin:cluster", "builtin:sqlite"],
].map((name) => (/^[a-z]+[/:]/.test(name) && !name.startsWith("ajv/") ? name : `node_modules/${name}`));

/** The stages that render at once when something is due; others load the template language when they find something to render. */
const rendering = ["plug-adopt", "plug-resolve-config", "plug-template-result"];

describe("a process that answered its first event has loaded", () => {
  test.each(targets)("for %s nothing that it did not use", async (target) => {
    const coverage = await mkdtemp(join(tmpdir(), "coverage-"));
    await using running = await start({
      commandLine: [built.plugboard, "serve"],
      environment: { KUBECONFIG: api.kubeconfigPath, FUNCTION_TARGET: target, NODE_V8_COVERAGE: coverage },
      folder: built.folder,
    });
    expect(await running.ask(structured, sampleEvent(target))).toMatchObject({ status: 204 });
    expect(await running.stop()).toBe(0);
    const evaluated = await evaluatedModules(coverage, built.plugboard);
    await rm(coverage, { recursive: true });
    const unwanted = rendering.includes(target) ? never : [...never, "templates/"];
    expect(evaluated).toContain("cli/serve/serve.ts");
    expect(evaluated.filter((module) => unwanted.some((name) => module.startsWith(name)))).toEqual([]);
    expect(evaluated.filter(isAnotherStage(target))).toEqual([]);
  });
});

/** The modules of stages by which a stage is loaded, other than this one's. */
function isAnotherStage(target: string): (module: string) => boolean {
  return (module) => {
    const [, stage] =
      /^functions\/((?:plug|socket|snapshot|deferred-resource|apparatus)\/[\w-]+)\.ts$/.exec(module) ?? [];
    return stage !== undefined && targets.includes(stage.replace("/", "-")) && stage.replace("/", "-") !== target;
  };
}
