import { apiVersion } from "../crds/names.ts";
import { type Trace, traceOf } from "../crds/trace-context.ts";
import { type EventObject, type PlugboardEvent, stageEvent } from "./events.ts";
import type { Need } from "./need.ts";
import { nameInKey, namespacedName, subjectOf } from "./subject.ts";
import type { World } from "./world.ts";

interface Asked {
  readonly need: Need;
  readonly attempt: number;
  readonly clusterUid: string;
  readonly now: number;
}

/** The event that asks for a subject's stage; undefined when the subject is gone. */
export function eventFor(
  world: World,
  key: string,
  { need, attempt, clusterUid, now }: Asked,
): PlugboardEvent | undefined {
  const found = objectOf(world, key);
  if (found === undefined) return undefined;
  const { object, trace } = found;
  const { stage, inputs } = need;
  const socket = socketOf(world, key);
  const about = socket === undefined ? {} : { socket };
  return stageEvent({ clusterUid, stage, object, inputs, attempt, now, trace, ...about });
}

/** An object, and the trace in which its stages are asked for. */
interface Found {
  readonly object: EventObject;
  readonly trace: Trace;
}

function objectOf(world: World, key: string): Found | undefined {
  const { kind, namespace, name } = subjectOf(key);
  if (kind === "Snapshot") {
    const snapshot = world.snapshots.get(nameInKey(key));
    if (snapshot === undefined) return undefined;
    const { uid = "", version: resourceVersion = "" } = snapshot;
    return {
      object: { apiVersion: "v1", kind: "Secret", namespace, name, uid, resourceVersion },
      trace: traceOf({ uid }),
    };
  }
  if (kind === "Apparatus") {
    const pod = world.apparatuses.get(nameInKey(key))?.metadata;
    if (pod === undefined) return undefined;
    const { uid = "", resourceVersion = "" } = pod;
    return {
      object: { apiVersion: "v1", kind: "Pod", namespace, name, uid, resourceVersion },
      trace: traceOf({ uid }),
    };
  }
  const stores = { Plug: world.plugs, Socket: world.sockets, DeferredResource: world.deferreds };
  const metadata = stores[kind].get(nameInKey(key))?.metadata;
  if (metadata === undefined) return undefined;
  const { uid, resourceVersion, generation } = metadata;
  return { object: { apiVersion, kind, namespace, name, uid, resourceVersion, generation }, trace: traceOf(metadata) };
}

function socketOf(world: World, key: string): PlugboardEvent["data"]["socket"] {
  const { kind } = subjectOf(key);
  const plug = kind === "Plug" ? world.plugs.get(nameInKey(key)) : undefined;
  if (plug === undefined) return undefined;
  const { name, namespace = plug.metadata.namespace } = plug.spec.socket;
  const uid = world.sockets.get(namespacedName({ namespace, name }))?.metadata.uid;
  return { namespace, name, ...(uid === undefined ? {} : { uid }) };
}
