import { apiVersion, fieldManager } from "../../../crds/names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { loadKubeConfig } from "../../../kit/live/config/kube-config.ts";
import { createLiveKube } from "../../../kit/live/live-kube.ts";

/**
 * A client that does nothing but send the nine requests of a coupling, and the eight of its end, for each plug that its
 * parent names: it watches nothing, decides nothing and reads nothing. 20 plugs are in flight.
 */
export interface Order {
  readonly what: "couple" | "decouple";
  readonly plug: KubeObject;
}

const inFlight = 20;
const [, , kubeconfigPath = "", own = ""] = process.argv;
const kube = createLiveKube({ kubeConfig: await loadKubeConfig({ path: kubeconfigPath }), userAgent: "bench-nine" });
const waiting: Order[] = [];
const finalizer = "bench.rock8s.com/finalizer";
let running = 0;

process.on("message", (order: Order) => {
  waiting.push(order);
  void startNext();
});
process.on("disconnect", () => process.exit());
process.send?.("ready");

async function startNext(): Promise<void> {
  if (running >= inFlight) return;
  const order = waiting.shift();
  if (order === undefined) return;
  running += 1;
  await (order.what === "couple" ? couple(order.plug) : decouple(order.plug));
  running -= 1;
  await startNext();
}

async function couple(plug: KubeObject): Promise<void> {
  let object = await kube.patch(keyOf(plug), { metadata: { finalizers: [finalizer] } });
  await kube.create(snapshotOf(plug));
  object = await kube.replaceStatus({ ...object, status: statusOf(plug, "False", "CouplingInProcess") });
  const [ofPlug, ofSocket, result] = objectsOf(plug);
  for (const one of [ofPlug, ofSocket]) await apply(one);
  object = await kube.replaceStatus({ ...object, status: statusOf(plug, "False", "ResultInProcess") });
  await apply(result);
  await kube.replaceStatus({ ...object, status: statusOf(plug, "True", "CouplingSucceeded") });
  await kube.create(eventOf(plug, "Coupled"));
}

async function decouple(plug: KubeObject): Promise<void> {
  const bare = { ...plug, metadata: { name: plug.metadata.name, namespace: plug.metadata.namespace ?? "" } };
  await kube.replaceStatus({ ...bare, status: statusOf(plug, "False", "DecouplingInProcess") });
  for (const object of objectsOf(plug)) await ownerOf(object).delete(keyOf(object));
  await kube.replaceStatus({ ...bare, status: statusOf(plug, "False", "Decoupled") });
  await kube.patch(keyOf(snapshotOf(plug)), { metadata: { labels: { finished: "true" } } });
  await kube.create(eventOf(plug, "Decoupled"));
  await kube.patch(keyOf(plug), { metadata: { finalizers: [] } });
}

async function apply(object: KubeObject): Promise<void> {
  await ownerOf(object).apply(object, { fieldManager, force: true });
}

function ownerOf({ metadata }: KubeObject) {
  return kube.as({ namespace: metadata.namespace ?? "", name: "default" });
}

function keyOf({ apiVersion, kind, metadata: { namespace, name } }: KubeObject) {
  return { apiVersion, kind, namespace, name };
}

function objectsOf(plug: KubeObject): readonly [KubeObject, KubeObject, KubeObject] {
  const { name, namespace = "" } = plug.metadata;
  const labels = { "app.kubernetes.io/managed-by": "bench" };
  const metadata = { name, namespace, labels };
  const ofSocket = { ...metadata, namespace: namespace.replace(/-app$/, "-db") };
  return [
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { host: "db.example" } },
    { apiVersion: "v1", kind: "ConfigMap", metadata: ofSocket, data: { database: name } },
    { apiVersion: "v1", kind: "Secret", metadata, stringData: { url: `db://db.example/${name}` } },
  ];
}

function snapshotOf({ metadata }: KubeObject): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `snapshot-${metadata.name}`, namespace: own },
    // About what a snapshot of such a coupling takes.
    data: { snapshot: Buffer.alloc(1500, "x").toString("base64") },
  };
}

function statusOf(plug: KubeObject, status: string, reason: string): { readonly [field: string]: unknown } {
  const condition = {
    type: "Coupled",
    status,
    reason,
    message: `Plug ${plug.metadata.namespace}/${plug.metadata.name} and its socket.`,
    lastTransitionTime: new Date().toISOString().replace(/\.\d+/, ""),
  };
  const refs = objectsOf(plug).map(({ apiVersion, kind, metadata: { name, namespace } }) => {
    return { role: "applied", apiVersion, kind, namespace, name };
  });
  return { conditions: [condition], refs };
}

function eventOf({ metadata }: KubeObject, reason: string): KubeObject {
  const { name, namespace = "", uid } = metadata;
  const time = new Date().toISOString().replace(/\.\d+/, "");
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${name}.${reason.toLowerCase()}`, namespace },
    involvedObject: { apiVersion, kind: "Plug", name, namespace, uid },
    reason,
    type: "Normal",
    message: `Plug ${name}: ${reason}.`,
    source: { component: "bench" },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}
