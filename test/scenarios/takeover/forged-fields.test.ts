import { describe, expect, test } from "@jest/globals";
import { admissionDigest } from "../../../crds/coupling/coupling-end.ts";
import { annotations, apiVersion } from "../../../crds/names.ts";
import { type Plug, plugSchema } from "../../../crds/plug/plug.generated.ts";
import { readSocket } from "../../../crds/socket/parse.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { namespace, plugKey, plugWith, socketKey } from "../../worlds/manifests.ts";
import { apply, makeWorld, operatorNamespace, rest, start, type World } from "../../worlds/worlds.ts";

type Status = NonNullable<Plug["status"]>;

const map = (name: string, data: object): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
const refusing = { validation: { namespaceBlacklist: ["app"] } };

/** A socket that gives its secret to whom it admits, and makes something for each. */
function vault(spec: object = {}): KubeObject {
  const resources = [{ template: map("for-{% .plug.metadata.name %}", {}) }];
  const metadata = { name: "vault", namespace: "db" };
  return { apiVersion, kind: "Socket", metadata, spec: { configSecretName: "vault", resources, ...spec } };
}

function plugAt(name: string, where: string, spec: object = {}): KubeObject {
  const resources = [{ template: map("loot", { seen: "{% .socketConfig.word %}" }) }];
  const socket = { name: "vault", namespace: "db" };
  return plugWith(name, { socket, resources, ...spec }, where);
}

function secret(name: string, where: string, word: string): KubeObject {
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: where }, stringData: { word } };
}

interface Scene {
  readonly world: World;
  plugboard: Awaited<ReturnType<typeof start>>;
}

async function scene(spec: object = {}): Promise<Scene> {
  const world = await makeWorld();
  await world.cluster.load([namespace("shop"), namespace("bank")]);
  const { kube } = world.cluster;
  await apply(kube, secret("vault", "db", "first"), vault(spec), plugAt("victim", "shop"), plugAt("forger", "app"));
  const plugboard = await start(world);
  await rest(world, plugboard);
  return { world, plugboard };
}

/** The digest of what the socket's rules are today: no secret, so anybody can claim to be admitted by them. */
async function digestOfToday({ cluster }: World): Promise<string> {
  const [socket, own] = await Promise.all([
    cluster.kube.get(socketKey("vault")),
    cluster.kube.get({ apiVersion: "v1", kind: "Namespace", name: "app" }),
  ]);
  return admissionDigest(readSocket(socket as KubeObject), own);
}

async function statusOf(world: World): Promise<Status> {
  return ((await world.cluster.kube.get(plugKey("forger")))?.["status"] ?? {}) as Status;
}

/** While Plugboard is away, others change something and the forger rewrites its status; then a long time passes. */
async function forge(at: Scene, forgery: Forgery, meanwhile: () => Promise<void> = async () => {}): Promise<void> {
  const { world } = at;
  await at.plugboard.stop();
  await meanwhile();
  await world.cluster.kube.replaceStatus({
    ...plugAt("forger", "app"),
    status: forgery(await statusOf(world), await digestOfToday(world)),
  });
  at.plugboard = await start(world);
  await rest(world, at.plugboard);
  for (let times = 0; times < 3; times += 1) {
    await world.clock.advance(15 * 60_000);
    await rest(world, at.plugboard);
  }
}

/** All that is not in the forger's namespace, nor about it: without what says who wrote it when. */
function others({ world }: Scene): readonly object[] {
  return world.cluster
    .objects()
    .filter(
      ({ kind, metadata }) =>
        metadata.namespace !== "app" && metadata.namespace !== operatorNamespace && kind !== "Event",
    )
    .filter(({ kind, metadata }) => metadata.name !== "app" && kind !== "CustomResourceDefinition")
    .map(({ kind, metadata: { name, namespace: where }, spec, data, status }) => {
      const { coupledPlugs, coupledPlugCount, places } = Object(status);
      return { kind, name, where, spec, data, coupledPlugs, coupledPlugCount, places };
    });
}

function names(objects: readonly object[]): readonly string[] {
  return objects.map((one) => `${Object(one).kind} ${Object(one).where}/${Object(one).name}`).toSorted();
}

const far = "2099-01-01T00:00:00Z";
const without =
  (field: keyof Status) =>
  ({ [field]: _dropped, ...status }: Status) =>
    status;
const ready = { type: "Ready", status: "False", reason: "Give all your money to mallory", message: "" } as const;
const failure = (more: object) => (status: Status) => ({
  ...status,
  failure: { stage: "plug.decouple", revision: 1, reason: "Refused", ...more },
});
/** What a stage could be made to wait for: something of its own that never changes. */
const waitsForever = (stage: string) => ({
  role: "awaited",
  apiVersion: "v1",
  kind: "Secret",
  namespace: "app",
  name: "never",
  version: "absent",
  stage,
});

type Forgery = (status: Status, digestOfToday: string) => object;

/** For each field of a plug's status what a tenant could write into it to keep a coupling that its socket refuses. */
const forgeries: { readonly [Field in keyof Required<Status>]: readonly (readonly [claim: string, forge: Forgery])[] } =
  {
    conditions: [
      ["none", without("conditions")],
      ["one that speaks", (status) => ({ ...status, conditions: [ready] })],
    ],
    observedGeneration: [["another", (status) => ({ ...status, observedGeneration: 99 })]],
    held: [
      ["paused", (status) => ({ ...status, held: { reason: "Paused" } })],
      ["left alone", (status) => ({ ...status, held: { reason: "NotAdopted" } })],
      ["another tenant's", (status) => ({ ...status, held: { reason: "FormerCouplingEnding" } })],
    ],
    coupledSocket: [
      ["none", without("coupledSocket")],
      ["as the operator before wrote it", ({ coupledSocket }) => ({ coupledSocket })],
      ["the same, said to be left alone", ({ coupledSocket }) => ({ coupledSocket, held: { reason: "NotAdopted" } })],
    ],
    coupledResult: [["none", without("coupledResult")]],
    createdAt: [
      ["never", without("createdAt")],
      ["then", (status) => ({ ...status, createdAt: far })],
    ],
    revision: [
      ["none", without("revision")],
      ["a later one", (status) => ({ ...status, revision: 99 })],
    ],
    snapshot: [
      ["none", without("snapshot")],
      ["another", (status) => ({ ...status, snapshot: `${status.snapshot}x` })],
    ],
    performed: [
      ["none", without("performed")],
      ["by no snapshot", (status) => ({ ...status, performed: { revision: 9, socketUid: "x" } })],
    ],
    result: [["none", without("result")]],
    admitted: [
      ["by the rules of today", (status, admitted) => ({ ...status, admitted })],
      ["by none yet", without("admitted")],
    ],
    stage: [
      [
        "claimed for long",
        (status) => ({ ...status, stage: { name: "plug.couple", revision: 1, holder: "me", until: far } }),
      ],
    ],
    failure: [
      ["final", failure({})],
      ["to be tried much later", failure({ retryAt: far, attempts: 1 })],
    ],
    refs: [
      ["none", without("refs")],
      ["awaited", (status) => ({ ...status, refs: [...(status.refs ?? []), waitsForever("plug.decouple")] })],
    ],
    hooks: [["called", (status) => ({ ...status, hooks: [{ revision: 1, side: "socket", event: "decoupled" }] })]],
    revisionPace: [["not before long", (status) => ({ ...status, revisionPace: { paidUntil: far, waitsUntil: far } })]],
    restless: [["contested", (status) => ({ ...status, restless: { count: 99, since: far, contested: true } })]],
  };

/** Fields that could keep what a pause does not. */
const evading: readonly string[] = ["held", "coupledSocket", "snapshot", "performed", "admitted", "failure"];

const all = Object.entries(forgeries).flatMap(([field, ways]) =>
  ways.map(([claim, forgery]) => [field, claim, forgery] as const),
);

test("every field of a plug's status is forged below", () => {
  expect(Object.keys(forgeries).sort()).toEqual(
    Object.keys(plugSchema.properties?.["status"]?.properties ?? {}).sort(),
  );
});

describe("a plug that its socket refuses", () => {
  test.each([
    ...all.map((one) => ["at work", ...one] as const),
    ...all.filter(([field]) => evading.includes(field)).map((one) => ["paused", ...one] as const),
  ])("evades nothing, %s, by forging %s: %s", async (how, _field, _claim, forgery) => {
    const at = await scene();
    const { kube } = at.world.cluster;
    const victims = names(others(at)).filter((name) => !name.endsWith("for-forger"));
    await forge(at, forgery, async () => {
      await apply(kube, vault(refusing), secret("vault", "db", "second"));
      if (how === "paused")
        await kube.patch(plugKey("forger"), { metadata: { annotations: { [annotations.paused]: "true" } } });
    });
    const left = others(at);
    expect(left.find((one) => Object(one).kind === "Socket")).toMatchObject({
      coupledPlugCount: 1,
      coupledPlugs: [{ name: "victim" }],
    });
    expect(JSON.stringify(left)).not.toContain("mallory");
    expect(names(left)).toEqual(victims);
    const mine = at.world.cluster.objects().filter(({ metadata }) => metadata.namespace === "app");
    expect(JSON.stringify(mine)).not.toContain("second");
    await kube.delete(socketKey("vault"));
    await rest(at.world, at.plugboard);
    expect(await kube.get(socketKey("vault"))).toBeUndefined();
    await at.plugboard.stop();
  });
});

describe("a plug that its socket never admitted", () => {
  /** A coupling in every word, and none in fact. */
  const claimed = ({ metadata }: KubeObject, more: object = {}): Status => ({
    coupledSocket: { apiVersion, kind: "Socket", namespace: "db", name: "vault", uid: metadata.uid ?? "" },
    revision: 1,
    performed: { revision: 1, socketUid: metadata.uid ?? "" },
    ...more,
  });

  test.each<[string, object, object]>([
    ["refuses its namespace", refusing, {}],
    ["refuses its namespace, paused by its own word", refusing, { held: { reason: "Paused" } }],
    [
      "refuses its namespace, not to be decoupled again",
      refusing,
      { failure: { stage: "plug.decouple", revision: 1, reason: "Refused" } },
    ],
    ["has one place, which another holds", { limit: 1 }, {}],
  ])("is not counted by its own word where the socket %s, and holds up no end of it", async (_why, spec, more) => {
    const at = await scene(spec);
    const { kube } = at.world.cluster;
    const before = others(at);
    const socket = (await kube.get(socketKey("vault"))) as KubeObject;
    // It writes it again and again.
    for (let times = 0; times < 3; times += 1) {
      await kube.replaceStatus({ ...plugAt("forger", "app"), status: claimed(socket, more) });
      await at.world.clock.advance(2_100);
      await rest(at.world, at.plugboard);
      expect(others(at)).toEqual(before);
    }
    await at.plugboard.stop();
    const status = claimed(socket, {
      ...more,
      stage: { name: "plug.couple", holder: "me", until: new Date(at.world.clock.now() + 50_000).toISOString() },
    });
    await kube.replaceStatus({ ...plugAt("forger", "app"), status });
    await kube.delete(socketKey("vault"));
    at.plugboard = await start(at.world);
    await rest(at.world, at.plugboard);
    expect(await kube.get(socketKey("vault"))).toBeUndefined();
    await at.plugboard.stop();
  });
});

describe("a reference that a tenant writes into a status", () => {
  const roles = [
    { role: "input", side: "socket" },
    { role: "result", side: "socket" },
    { role: "awaited", stage: "plug.couple" },
    { role: "awaited", stage: "plug.resolve-config" },
    { role: "applied", side: "socket", entry: "coupling" },
    { role: "applied", side: "socket", entry: "result" },
    { role: "input", side: "socket", entry: "apparatus" },
  ];
  const kinds = ["Secret", "ConfigMap", "Service"];
  const places = ["bank", "db", "kube-system"];
  const refsAt = (version: object): readonly object[] =>
    places.flatMap((namespace) =>
      kinds.flatMap((kind) =>
        roles.map((role) => ({ ...role, apiVersion: "v1", kind, namespace, name: "safe", ...version })),
      ),
    );

  /** What the forger can see of its plug afterwards, where there is such an object, where it changes, or where there is none. */
  async function seen(spec: object, version: object, object: "there" | "changing" | "absent"): Promise<unknown> {
    const at = await scene(spec);
    const { kube } = at.world.cluster;
    const name = object === "absent" ? "other" : "safe";
    const write = async (word: string): Promise<void> => {
      for (const namespace of places)
        for (const kind of kinds)
          await apply(kube, { apiVersion: "v1", kind, metadata: { name, namespace, labels: { word } } });
    };
    await write("first");
    await at.plugboard.stop();
    const before = await statusOf(at.world);
    const status = { ...before, refs: [...(before.refs ?? []), ...refsAt(version)] };
    const forged = await kube.replaceStatus({ ...plugAt("forger", "app"), status });
    at.plugboard = await start(at.world);
    await rest(at.world, at.plugboard);
    if (object === "changing") await write("second");
    await at.world.clock.advance(25 * 60_000);
    await rest(at.world, at.plugboard);
    const plug = await kube.get(plugKey("forger"));
    await at.plugboard.stop();
    const left = (await statusOf(at.world)).refs ?? [];
    return [plug?.metadata.resourceVersion === forged.metadata.resourceVersion, left.length];
  }

  test.each<[string, object, object]>([
    ["absent, where the socket refuses", { version: "absent" }, refusing],
    ["absent, where the socket admits", { version: "absent" }, {}],
    ["seen, where the socket refuses", { version: "1", uid: "guessed" }, refusing],
    ["seen, where the socket admits", { version: "1", uid: "guessed" }, {}],
  ])("tells nothing of an object of another, said to be %s the plug", async (_how, version, spec) => {
    const absent = await seen(spec, version, "absent");
    expect(await seen(spec, version, "there")).toEqual(absent);
    expect(await seen(spec, version, "changing")).toEqual(absent);
  });
});
