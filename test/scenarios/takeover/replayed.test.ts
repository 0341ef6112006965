import { describe, expect, test } from "@jest/globals";
import { admissionDigest } from "../../../crds/coupling/coupling-end.ts";
import type { Plug } from "../../../crds/plug/plug.generated.ts";
import { readSocket } from "../../../crds/socket/parse.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { plugKey, plugWith, socketKey, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start, type World } from "../../worlds/worlds.ts";

const key = { apiVersion: "v1", kind: "ConfigMap", namespace: "db" };
const rotated = { ...key, kind: "Secret", metadata: { name: "vault", namespace: "db" } };
const loot = { apiVersion: "v1", kind: "Secret", metadata: { name: "loot-{% .plug.metadata.name %}" } };
const spec = {
  socket: { name: "sock", namespace: "db" },
  resultResources: [{ template: { ...loot, stringData: { password: "{% .socketResult.password %}" } } }],
};

function plugAt(name: string): KubeObject {
  return plugWith(name, spec);
}

function vaultWith(rules: object): KubeObject {
  const template = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "for-{% .plug.metadata.name %}" } };
  const vars = [
    {
      name: "password",
      objref: { apiVersion: "v1", kind: "Secret", name: "vault" },
      fieldref: { fieldPath: "data.password" },
    },
  ];
  return socketWith("sock", {
    resources: [{ template }],
    resultVars: vars,
    resultTemplate: { password: "{% .vars.password %}" },
    ...rules,
  });
}

function password(text: string): KubeObject {
  return { ...rotated, data: { password: Buffer.from(text).toString("base64") } };
}

type Status = NonNullable<Plug["status"]>;

interface Scene {
  readonly world: World;
  readonly plugboard: Awaited<ReturnType<typeof start>>;
  /** The status of the plug while it was coupled. */
  readonly coupled: Status;
}

async function statusOf({ cluster }: World, name: string): Promise<Status> {
  const found = await cluster.kube.get(plugKey(name));
  return (found?.["status"] ?? {}) as Status;
}

/** A plug that was coupled, and that its socket has refused since. */
async function refused(rules: object, then: (world: World) => Promise<void>): Promise<Scene> {
  const world = await makeWorld();
  const { kube } = world.cluster;
  await apply(kube, password("first"), vaultWith(rules), plugAt("forger"));
  const plugboard = await start(world);
  await rest(world, plugboard);
  const coupled = await statusOf(world, "forger");
  await then(world);
  await rest(world, plugboard);
  return { world, plugboard, coupled };
}

/** Writes to the plug's status, and lets all of it come to rest. */
async function forge({ world, plugboard }: Scene, status: object): Promise<void> {
  await world.cluster.kube.replaceStatus({ ...plugAt("forger"), status });
  await rest(world, plugboard);
}

async function made({ world }: Scene, name: string): Promise<KubeObject | undefined> {
  return world.cluster.kube.get({ ...key, name: `for-${name}` });
}

/** What the plug's own side learned of the socket's password. */
async function learned({ world }: Scene): Promise<string | undefined> {
  const found = await world.cluster.kube.get({ ...key, kind: "Secret", namespace: "app", name: "loot-forger" });
  const { password: text = "" } = (found?.["data"] ?? {}) as { readonly password?: string };
  return Buffer.from(Buffer.from(text, "base64").toString(), "base64").toString();
}

/** The digest of what the socket's rules are today: no secret, so anybody can claim to be admitted by them. */
async function digestOfToday({ cluster }: World): Promise<string> {
  const [socket, namespace] = await Promise.all([
    cluster.kube.get(socketKey("sock")),
    cluster.kube.get({ apiVersion: "v1", kind: "Namespace", name: "app" }),
  ]);
  return admissionDigest(readSocket(socket as KubeObject), namespace);
}

describe("a snapshot of a coupling that has ended", () => {
  test.each<[string, (coupled: Status) => object]>([
    ["resolved", ({ revision, snapshot }) => ({ revision, snapshot })],
    ["performed, its result not computed", ({ result: _none, ...coupled }) => coupled],
    ["performed, its objects there", (coupled) => coupled],
  ])("is of no use, claimed to be %s, to whom the socket's rules refuse by now", async (_how, claim) => {
    const at = await refused({}, async ({ cluster }) => {
      await apply(cluster.kube, vaultWith({ validation: { namespaceBlacklist: ["app"] } }), password("second"));
    });
    expect(await made(at, "forger")).toBeUndefined();
    const waiting: Status = await statusOf(at.world, "forger");
    const claimed: Status = claim(at.coupled);
    const refs = [...(waiting.refs ?? []), ...(claimed.refs ?? []).filter(({ role }) => role !== "input")];
    await forge(at, { ...waiting, ...claimed, refs, admitted: await digestOfToday(at.world) });
    await apply(at.world.cluster.kube, password("third"));
    await rest(at.world, at.plugboard);
    expect(await made(at, "forger")).toBeUndefined();
    expect(["", "first"]).toContain(await learned(at));
    await at.plugboard.stop();
  });

  test("gives no place of a socket that others have by now", async () => {
    const at = await refused({ limit: 1 }, async (world) => {
      const { kube } = world.cluster;
      await kube.patch(plugKey("forger"), { spec: { socket: { name: "nowhere" } } });
      await world.clock.advance(3_000);
    });
    const { kube } = at.world.cluster;
    await apply(kube, plugAt("other"));
    await rest(at.world, at.plugboard);
    expect(await made(at, "other")).toBeDefined();
    await kube.patch(plugKey("forger"), { spec: { socket: { name: "sock" } } });
    await rest(at.world, at.plugboard);
    expect(await made(at, "forger")).toBeUndefined();
    await forge(at, at.coupled);
    expect(await made(at, "forger")).toBeUndefined();
    const [socket, other] = await Promise.all([kube.get(socketKey("sock")), kube.get(plugKey("other"))]);
    expect(socket?.["status"]).toMatchObject({ places: [other?.metadata.uid] });
    await at.plugboard.stop();
  });
});
