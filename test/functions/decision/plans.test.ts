import { describe, expect, test } from "@jest/globals";
import { describeDecision } from "../../../cli/show/describe-decision.ts";
import type { StageName } from "../../../crds/stage-names.ts";
import type { Decision } from "../../../functions/stage.ts";
import { loadStage } from "../../../functions/stages.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { podContext, runInPod } from "../../scenarios/faults/functions.ts";
import { plugKey, plugWith, socketKey, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, type World } from "../../worlds/worlds.ts";

const configMap = (name: string, data: object): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });

function pair(): readonly KubeObject[] {
  return [
    socketWith("pg", { config: { host: "pg.db" }, result: { url: "pg://" }, resources: [{ template: configMap("server", { of: "{% .plugConfig.name %}" }) }] }),
    plugWith("shop", {
      config: { name: "shop", password: "hush-hush" },
      resources: [{ template: configMap("client", { password: "{% .plugConfig.password %}" }) }, { when: ["decoupled"], do: "delete", template: configMap("cache", {}) }],
      resultResources: [{ template: configMap("url", { url: "{% .socketResult.url %}" }) }],
    }),
  ];
}

const subjects = { plug: plugKey("shop"), socket: socketKey("pg") } as const;

function requestOf(stage: StageName): { readonly stage: StageName; readonly namespace: string; readonly name: string } {
  const { namespace, name } = stage.startsWith("plug.") ? subjects.plug : subjects.socket;
  return { stage, namespace, name };
}

/** What a stage would do; nothing of the world is another for it. */
async function lookAt(world: World, stage: StageName): Promise<Decision<object>> {
  const before = JSON.stringify(world.cluster.objects());
  const decision = await (await loadStage(stage)).decide(podContext(world), requestOf(stage));
  expect(JSON.stringify(world.cluster.objects())).toBe(before);
  return decision;
}

async function run(world: World, ...stages: readonly StageName[]): Promise<void> {
  for (const stage of stages) expect(await runInPod(world, requestOf(stage))).toMatchObject({ kind: "fact" });
}

const coupled: readonly StageName[] = ["socket.create", "plug.create", "plug.resolve-config", "plug.couple", "plug.template-result"];

type PlanCase = readonly [claim: string, before: readonly StageName[], change: ((world: World) => Promise<unknown>) | undefined, stage: StageName, lines: readonly string[]];

const plans: readonly PlanCase[] = [
  ["what creates a plug adds the finalizer", [], undefined, "plug.create", ["add the finalizer"]],
  ["what is not due does nothing", [], undefined, "plug.couple", ["nothing: plug.create is due"]],
  ["what resolves writes a snapshot before the status names it", coupled.slice(0, 2), undefined, "plug.resolve-config", [expect.stringMatching(/^write snapshot plugboard-/), "write its status, for plug.config-resolved: revision 1"] as never],
  ["what couples applies the plug's resources, then the socket's, each as its own service account", coupled.slice(0, 3), undefined, "plug.couple", ["apply ConfigMap app/client as service account app/default", "apply ConfigMap db/server as service account db/default", "write its status"]],
  ["what computes a result applies what is rendered from it", coupled.slice(0, 4), undefined, "plug.template-result", ["apply ConfigMap app/url as service account app/default", "write its status"]],
  ["what repairs puts back what was removed", coupled, (world) => world.cluster.kube.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: "app", name: "client" }), "plug.repair", ["apply ConfigMap app/client as service account app/default", "write its status"]],
  [
    "what updates prunes what no entry yields any more",
    coupled,
    async (world) => {
      await world.cluster.kube.patch(subjects.plug, { spec: { resources: [] } });
      await run(world, "plug.resolve-config");
    },
    "plug.update",
    ["apply ConfigMap db/server as service account db/default", "delete ConfigMap app/client if Plugboard still owns it as service account app/default", "write its status"],
  ],
  [
    "what decouples performs what is for the end, then takes back what was made",
    coupled,
    (world) => world.cluster.kube.delete(subjects.plug),
    "plug.decouple",
    [
      "delete ConfigMap app/cache as service account app/default",
      "delete ConfigMap app/url if Plugboard still owns it as service account app/default",
      "delete ConfigMap db/server if Plugboard still owns it as service account db/default",
      "delete ConfigMap app/client if Plugboard still owns it as service account app/default",
      "write its status",
    ],
  ],
  ["what deletes lets go of what nothing was made for", ["socket.create", "plug.create"], (world) => world.cluster.kube.delete(subjects.plug), "plug.delete", ["remove the finalizer"]],
  ["what counts the plugs of a socket writes its status alone", coupled, undefined, "socket.sync", ["write its status, for socket.synced: 1 plug coupled"]],
];

describe("before anything is performed", () => {
  test.each(plans)("%s", async (_claim, before, change, stage, lines) => {
    const world = await makeWorld();
    await apply(world.cluster.kube, ...pair());
    await run(world, ...before);
    await change?.(world);
    const decision = await lookAt(world, stage);
    expect(describeDecision(decision)).toEqual(lines);
    expect(structuredClone(decision)).toEqual(decision);
  });

  test("a decision tells no content of what it applies", async () => {
    const world = await makeWorld();
    await apply(world.cluster.kube, ...pair());
    await run(world, ...coupled.slice(0, 3));
    const decision = await lookAt(world, "plug.couple");
    expect(JSON.stringify(decision)).toContain("hush-hush");
    expect(describeDecision(decision).join("\n")).not.toContain("hush-hush");
  });
});
