import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import { sampleManifests } from "../../samples/sample-files.ts";

/** How many applications want a database. */
export const many = 100;

export const orders: readonly string[] = Array.from({ length: many }, (_, index) => `orders-${index}`);

/** The PostgreSQL sample with as many plugs, whose socket is also told of every stage by hooks. */
export function manyOrders(hooksAt: string): readonly KubeObject[] {
  return sampleManifests("postgres")
    .filter(({ kind }) => kind !== "StatefulSet" && kind !== "Deployment")
    .flatMap((object) => {
      if (object.kind === "Plug") return orders.map((name) => plugNamed(name, object));
      if (object.kind === "Socket") return [told(object, hooksAt)];
      return object.kind === "Role" && object.metadata.name === "orders-plug" ? [forEverySecret(object)] : [object];
    });
}

function plugNamed(name: string, sample: KubeObject): KubeObject {
  const text = JSON.stringify(sample).replaceAll('"orders-database"', `"${name}-database"`);
  const plug: KubeObject = JSON.parse(text);
  return { ...plug, metadata: { ...plug.metadata, name } };
}

function told(socket: KubeObject, hooksAt: string): KubeObject {
  return { ...socket, spec: { ...Object(socket["spec"]), apparatus: { endpoint: hooksAt } } };
}

/** The sample's plug may write the one Secret of its name. */
function forEverySecret(role: KubeObject): KubeObject {
  return { ...role, rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "create", "patch", "delete"] }] };
}

/** Does what a kubelet would for Jobs: every Pod of a namespace succeeds. Ends with the signal. */
export async function succeedPods(kube: Kube, namespace: string, signal: AbortSignal): Promise<void> {
  const pods = { apiVersion: "v1", kind: "Pod", namespace };
  const { resourceVersion } = await kube.list(pods);
  for await (const event of kube.watch({ ...pods, resourceVersion, signal })) {
    if (event.type === "BOOKMARK" || event.type === "DELETED" || isOver(event.object)) continue;
    // Somebody else wrote to it meanwhile, or it is gone: then another event follows.
    await kube.replaceStatus({ ...event.object, status: { phase: "Succeeded" } }).catch(() => {});
  }
}

function isOver({ status }: KubeObject): boolean {
  return typeof status === "object" && status !== null && "phase" in status && status.phase === "Succeeded";
}
