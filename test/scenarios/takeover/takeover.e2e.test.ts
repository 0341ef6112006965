import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { crdDocuments } from "../../../crds/documents.ts";
import { apiVersion } from "../../../crds/names.ts";
import { Throttled } from "../../../kit/errors.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import type { LiveKube } from "../../../kit/live/live-kube.ts";
import { type OwnApiServer, startApiServer } from "../../api-server/api-server.ts";
import type { AuditedRequest } from "../../api-server/audit-log.ts";
import { type Ground, provideIdentities } from "../../api-server/identities.ts";
import { connectTo, eventually, objectsIn, openNamespace } from "../../api-server/live-ground.ts";
import { type PlugboardRun, startPlugboardRun } from "../../api-server/plugboard-run.ts";
import { spawned } from "../../cli/terminal.ts";
import { plugKey } from "../../worlds/manifests.ts";
import { permissiveCrds } from "./permissive-crds.ts";
import { recordedObjects, restore } from "./recorded.ts";

const couplings = 200;
const atOnce = 8;
const ours = new Set(["plugs", "sockets", "events"]);

let server: OwnApiServer;
let ground: Ground;
let kube: LiveKube;
let namespaces: readonly string[];

/** The recorded coupling in namespaces of its own, the `index`th of many. */
function copy(index: number): readonly KubeObject[] {
  const name = index % 2 === 0 ? "lifecycle" : "results";
  const text = JSON.stringify(recordedObjects(name));
  return JSON.parse(text.replaceAll(`app-${name}`, `app-${index}`).replaceAll(`db-${name}`, `db-${index}`));
}

async function inParallel(work: (index: number) => Promise<void>): Promise<void> {
  const indices = Array.from({ length: couplings }, (_, index) => index).values();
  const worker = async (): Promise<void> => {
    for (const index of indices) await work(index);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function plugs(): Promise<readonly KubeObject[]> {
  return (await kube.list({ apiVersion, kind: "Plug" })).items;
}

/** For a moment after a CRD was replaced the API server answers for its kind with 429. */
async function servesOurs(): Promise<boolean> {
  try {
    for (const kind of ["Plug", "Socket", "DeferredResource"]) await kube.list({ apiVersion, kind, limit: 1 });
    return true;
  } catch (error) {
    if (error instanceof Throttled) return false;
    throw error;
  }
}

function statusOf({ status }: KubeObject): { revision?: number; coupledSocket?: object } {
  return (status ?? {}) as object;
}

/** What people's applications are made of, without what changes by itself. */
async function applied(): Promise<readonly string[]> {
  const made = ["ConfigMap", "Secret", "Service", "Job"];
  const objects = (await objectsIn(kube, namespaces)).filter(({ kind }) => made.includes(kind));
  return objects.map((object) => JSON.stringify({ ...object, metadata: { ...object.metadata, managedFields: [] } }));
}

function writesOnOthers(requests: readonly AuditedRequest[]): readonly AuditedRequest[] {
  const reads = ["get", "list", "watch"];
  return requests.filter(
    ({ userAgent, verb, resource = "", namespace }) =>
      userAgent === "plugboard" &&
      !reads.includes(verb) &&
      !ours.has(resource) &&
      namespace !== "plugboard" &&
      resource !== "namespaces" &&
      resource !== "selfsubjectaccessreviews",
  );
}

function run(): Promise<PlugboardRun> {
  return startPlugboardRun({
    kubeconfigPath: ground.kubeconfigOf("plugboard"),
    operatorNamespace: "plugboard",
    namespaces: [],
  });
}

beforeAll(async () => {
  server = await startApiServer();
  kube = await connectTo(server, "person");
  ground = await provideIdentities(server);
  for (const crd of permissiveCrds(false)) await kube.create(crd);
  await server.run(["wait", "--for=condition=Established", "crd", "--all", "--timeout=300s"]);
  namespaces = Array.from({ length: couplings }, (_, index) => [`app-${index}`, `db-${index}`]).flat();
  await inParallel(async (index) => {
    await openNamespace(kube, `app-${index}`);
    await openNamespace(kube, `db-${index}`);
    await restore(kube, copy(index));
  });
});

afterAll(async () => {
  await kube.close();
  await server.stop();
});

/** The tests tell one story, in this order. */
describe(`${couplings} couplings of the operator that was here before, on a real API server`, () => {
  test("keep every object as it is while the CRDs are replaced and all are taken over in one go; then Plugboard leaves as it came", async () => {
    const odd = { apiVersion, kind: "Plug", metadata: { name: "odd", namespace: "app-0" } };
    await kube.create({
      ...odd,
      spec: { socket: { name: "none" }, config: { n: 1 }, resources: [{ when: ["never"] }] },
    });
    const before = await applied();
    for (const crd of crdDocuments()) await kube.apply(crd, { fieldManager: "admin", force: true });
    expect(await eventually(servesOurs, true)).toBe(true);
    const plugboard = await run();
    const adopted = async (): Promise<number> => (await plugs()).filter((plug) => statusOf(plug).revision === 1).length;
    expect(await eventually(adopted, couplings)).toBe(couplings);
    expect(await plugboard.stop()).toBe(0);
    expect(await applied()).toEqual(before);
    expect(writesOnOthers(await server.auditedRequests())).toEqual([]);
    expect(JSON.stringify(await kube.get({ ...odd, ...odd.metadata }))).toMatch(/InvalidInput.*spec\.config\.n/);

    const flags = ["--kubeconfig", server.kubeconfigPath, "--keep-objects"];
    const { code, stdout } = await spawned(["uninstall", ...flags]);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("has the finalizer any more") });
    expect(await applied()).toEqual(before);
    expect((await plugs()).flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual([]);
  });

  test("go with their plugs, all deleted at once, and leave nothing but what they are to leave", async () => {
    await kube.delete(plugKey("odd", "app-0"));
    const plugboard = await run();
    const claimed = async (): Promise<number> =>
      (await plugs()).filter(({ metadata }) => (metadata.finalizers ?? []).length > 0).length;
    expect(await eventually(claimed, couplings)).toBe(couplings);
    for (const { metadata } of await plugs()) await kube.delete(plugKey(metadata.name, metadata.namespace));
    expect(await eventually(async () => (await plugs()).length, 0)).toBe(0);
    await plugboard.stop();
    const left = (await objectsIn(kube, namespaces))
      .filter(({ metadata }) => metadata.name !== "kube-root-ca.crt")
      .map(({ kind, metadata }) => `${metadata.namespace?.replace(/\d+/, "N")}/${kind}/${metadata.name}`);
    expect([...new Set(left)].toSorted()).toEqual([
      "app-N/ConfigMap/deleted",
      "app-N/ConfigMap/rc",
      "db-N/ConfigMap/created",
      "db-N/ConfigMap/decoupled",
      "db-N/ConfigMap/kept",
      "db-N/Secret/rs",
      "db-N/Socket/sock",
    ]);
  });
});
