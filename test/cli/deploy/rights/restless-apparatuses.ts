import { apparatusMarks } from "../../../../crds/apparatus/pod.ts";
import { Conflict, NotFound } from "../../../../kit/errors.ts";
import { keyOf } from "../../../../kit/kube/keys.ts";
import type { Kube, KubeObject } from "../../../../kit/kube/port.ts";
import type { FakeApparatus } from "../../../scenarios/apparatus/fake-apparatus.ts";
import type { Life } from "../../../scenarios/life/life.ts";

/** What becomes of apparatuses whenever one has been called for the first time: whoever needs one next has to see to it anew. */
export type Mishap =
  | "the Pods end and the Services go"
  | "the Services are led elsewhere"
  | "the Knative Services go"
  | "the Knative Services are altered";

/** Apparatuses that come up by themselves, and to which something happens after every call. */
export interface RestlessApparatuses {
  /** The paths called, each once for each apparatus, oldest first. */
  readonly called: readonly string[];
  /** Lets it happen now. */
  disturb(): Promise<void>;
  /** Marks ready what has started. */
  bringUp(): Promise<void>;
}

const pods = { apiVersion: "v1", kind: "Pod" };
const services = { apiVersion: "v1", kind: "Service" };
const knativeRoutes = { apiVersion: "serving.knative.dev/v1", kind: "Route" };
const knativeServices = { apiVersion: "serving.knative.dev/v1", kind: "Service" };

/** Routes, as far as anybody asks for them here: whose they are. */
export const routeDefinition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "routes.serving.knative.dev" },
  spec: {
    group: "serving.knative.dev",
    scope: "Namespaced",
    names: { kind: "Route", plural: "routes", singular: "route", listKind: "RouteList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
} as const;

/** Has them in the namespaces of a life, behind what it reaches them through. The first of each ends, goes or is altered before it was ever ready. */
export function restlessApparatuses(
  access: FakeApparatus,
  { kube, app, db }: Pick<Life, "kube" | "app" | "db">,
  mishap: Mishap,
): RestlessApparatuses {
  const namespaces = [app, db];
  const called: string[] = [];
  const ended = new Set<string>();
  const looked = new Map<string, string | undefined>();
  let looks = 0;
  const all = async (kind: { readonly apiVersion: string; readonly kind: string }): Promise<readonly KubeObject[]> => {
    const lists = namespaces.map((namespace) => kube.list({ ...kind, namespace, labelSelector: apparatusMarks.of }));
    return (await Promise.all(lists)).flatMap(({ items }) => items);
  };
  const alter = (service: KubeObject): Promise<unknown> =>
    unlessGone(kube.patch(keyOf(service), { metadata: { annotations: { [apparatusMarks.digest]: "another" } } }));
  const happens: { readonly [mishap in Mishap]: () => Promise<unknown> } = {
    "the Pods end and the Services go": async () => {
      await Promise.all((await all(pods)).map((pod) => setStatus(kube, pod, { phase: "Failed" })));
      await Promise.all((await all(services)).map((service) => kube.delete(keyOf(service))));
    },
    "the Services are led elsewhere": async () =>
      Promise.all(
        (await all(services)).map((service) =>
          unlessGone(kube.patch(keyOf(service), { spec: { selector: { app: "another" } } })),
        ),
      ),
    "the Knative Services go": async () =>
      Promise.all((await all(knativeServices)).map((service) => kube.delete(keyOf(service)))),
    "the Knative Services are altered": async () => {
      await Promise.all((await all(knativeServices)).map(alter));
    },
  };
  access.answer = ({ path, headers }, response) => {
    const call = `${path} ${String(headers.host)}`;
    const first = !called.includes(call);
    if (first) called.push(call);
    void (first ? happens[mishap]() : Promise.resolve()).then(() => response.end("{}"));
  };
  const bringUp = async (): Promise<void> => {
    const onKnative = mishap.startsWith("the Knative");
    for (const pod of onKnative ? [] : await all(pods)) {
      if (pod.metadata.deletionTimestamp !== undefined || phaseOf(pod) === "Failed" || phaseOf(pod) === "Running")
        continue;
      const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
      const first = !ended.has(name);
      // The stage that waits for it sees to both anew.
      if (first && mishap === "the Services are led elsewhere") await happens[mishap]();
      await setStatus(kube, pod, first ? { phase: "Failed" } : { phase: "Running", conditions: ready });
      ended.add(name);
    }
    for (const service of onKnative ? await all(knativeServices) : []) {
      // As Knative's controller does: whatever is changed of a Service, it looks at it and says so.
      const { uid = "", resourceVersion } = service.metadata;
      if (looked.get(uid) === resourceVersion) continue;
      const name = `${service.metadata.namespace}/${service.metadata.name}`;
      const first = !ended.has(name);
      ended.add(name);
      if (first && mishap === "the Knative Services go") {
        await kube.delete(keyOf(service));
        continue;
      }
      if (first) await alter(service);
      looks += 1;
      await route(kube, service);
      const address = { url: `http://${service.metadata.name}.${service.metadata.namespace}.svc.cluster.local` };
      looked.set(uid, await setStatus(kube, service, { observedGeneration: looks, conditions: ready, address }));
    }
  };
  return { called, disturb: async () => void (await happens[mishap]()), bringUp };
}

/** What Knative's controllers make of a Service: a Route, and an alias of the Route to their gateway. */
async function route(kube: Kube, service: KubeObject): Promise<void> {
  const { namespace, name } = service.metadata;
  const made = await kube.get({ ...knativeRoutes, namespace, name });
  if (made?.metadata.ownerReferences?.[0]?.uid === service.metadata.uid) return;
  for (const kind of [knativeRoutes, services]) await kube.delete({ ...kind, namespace, name });
  const owned = (by: KubeObject): KubeObject["metadata"] => {
    const { uid = "" } = by.metadata;
    const owner = { apiVersion: by.apiVersion, kind: by.kind, name, uid, controller: true };
    return { name, ...(namespace === undefined ? {} : { namespace }), ownerReferences: [owner] };
  };
  const anew = await kube.create({ ...knativeRoutes, metadata: owned(service), spec: {} });
  const spec = { type: "ExternalName", externalName: "gateway.knative-serving.svc.cluster.local" };
  await kube.create({ ...services, metadata: owned(anew), spec });
}

const ready = [{ type: "Ready", status: "True" }];

function phaseOf({ status }: KubeObject): unknown {
  return typeof status === "object" && status !== null && "phase" in status ? status.phase : undefined;
}

/** Ends well, too, where the object went meanwhile: with its owner, say. */
async function unlessGone(write: Promise<unknown>): Promise<unknown> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/** The version it is at then; undefined where it went meanwhile. */
async function setStatus(kube: Kube, object: KubeObject, status: object): Promise<string | undefined> {
  const now = await kube.get(keyOf(object));
  if (now === undefined || now.metadata.uid !== object.metadata.uid) return undefined;
  const { resourceVersion: _any, ...metadata } = now.metadata;
  try {
    return (await kube.replaceStatus({ ...now, metadata, status })).metadata.resourceVersion;
  } catch (error) {
    if (error instanceof NotFound || error instanceof Conflict) return undefined;
    throw error;
  }
}
