import type { Plug, PlugRef } from "../crds/generated/plug.ts";
import { apiVersion as ourApiVersion } from "../crds/names.ts";
import { namespacedName } from "./subject.ts";

/** How the plugs use a kind: through objects they made, or through others too. */
export interface KindUse {
  readonly applied: number;
  readonly read: number;
}

/** Plugs by the name of an object: one plug where only one refers to it, as is usual. */
type PlugsByName = Map<string, string | Set<string>>;

interface References {
  applied: number;
  read: number;
  readonly makers: PlugsByName;
  readonly readers: PlugsByName;
}

/** Which plugs refer to an object, from what their statuses say. */
export class RefIndex {
  readonly #kinds = new Map<string, References>();
  readonly #used: (kind: string) => void;

  constructor(used: (kind: string) => void) {
    this.#used = used;
  }

  /** Takes the references of a plug for what they are now. */
  replace(plugName: string, before: Plug | undefined, after: Plug | undefined): void {
    const [old, current] = [before?.status?.refs, after?.status?.refs];
    if (old === current || JSON.stringify(old) === JSON.stringify(current)) return;
    for (const ref of indexed(current, after)) this.#add(ref, plugName);
    for (const ref of indexed(old, before)) this.#take(ref, plugName);
    // What both name was taken away with the old.
    for (const ref of indexed(current, after)) this.#link(ref, plugName);
    for (const kind of new Set([...indexed(old, before), ...indexed(current, after)].map(kindOf))) this.#used(kind);
  }

  /** The plugs that refer to an object. */
  *dependents(kind: string, name: string): Iterable<string> {
    yield* this.readers(kind, name);
    yield* plugsAt(this.#kinds.get(kind)?.makers, name);
  }

  /** The plugs that refer to an object otherwise than as what they applied. */
  readers(kind: string, name: string): Iterable<string> {
    return plugsAt(this.#kinds.get(kind)?.readers, name);
  }

  /** The names of the objects of a kind that anybody refers to. */
  names(kind: string): Iterable<string> {
    const { makers, readers } = this.#kinds.get(kind) ?? {};
    return new Set([...(makers?.keys() ?? []), ...(readers?.keys() ?? [])]);
  }

  use(kind: string): KindUse {
    const { applied = 0, read = 0 } = this.#kinds.get(kind) ?? {};
    return { applied, read };
  }

  #add(ref: PlugRef, plugName: string): void {
    const references = this.#referencesTo(ref);
    if (ref.role === "applied") references.applied += 1;
    else references.read += 1;
    this.#link(ref, plugName);
  }

  #link(ref: PlugRef, plugName: string): void {
    const byName = this.#byName(ref);
    const name = namespacedName(ref);
    const plugs = byName.get(name);
    if (plugs === undefined) byName.set(name, plugName);
    else if (typeof plugs !== "string") plugs.add(plugName);
    else if (plugs !== plugName) byName.set(name, new Set([plugs, plugName]));
  }

  #take(ref: PlugRef, plugName: string): void {
    const references = this.#referencesTo(ref);
    if (ref.role === "applied") references.applied -= 1;
    else references.read -= 1;
    const byName = this.#byName(ref);
    const name = namespacedName(ref);
    const plugs = byName.get(name);
    if (typeof plugs === "object") plugs.delete(plugName);
    if (plugs === plugName || (typeof plugs === "object" && plugs.size === 0)) byName.delete(name);
  }

  #byName(ref: PlugRef): PlugsByName {
    const { makers, readers } = this.#referencesTo(ref);
    return ref.role === "applied" ? makers : readers;
  }

  #referencesTo(ref: PlugRef): References {
    const key = kindOf(ref);
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    const fresh = { applied: 0, read: 0, makers: new Map(), readers: new Map() };
    this.#kinds.set(key, fresh);
    return fresh;
  }
}

function plugsAt(byName: PlugsByName | undefined, name: string): Iterable<string> {
  const plugs = byName?.get(name);
  return plugs === undefined ? [] : typeof plugs === "string" ? [plugs] : plugs;
}

/** A kind as one string. */
export function kindOf({
  apiVersion,
  kind,
}: {
  readonly apiVersion?: string | undefined;
  readonly kind: string;
}): string {
  const ours = kind === "Plug" || kind === "Socket";
  return `${apiVersion ?? (ours ? ourApiVersion : "v1")}/${kind}`;
}

/** Where a kind's apiVersion ends and its name begins. */
export function parseKind(key: string): { readonly apiVersion: string; readonly kind: string } {
  const slash = key.lastIndexOf("/");
  return { apiVersion: key.slice(0, slash), kind: key.slice(slash + 1) };
}

/** Whether a reference is to what the source keeps whole, or to no object at all. */
export function isWhole(ref: PlugRef): boolean {
  if (ref.kind === "Place") return true;
  if (ref.kind === "Namespace") return (ref.apiVersion ?? "v1") === "v1";
  return (ref.kind === "Plug" || ref.kind === "Socket") && (ref.apiVersion ?? ourApiVersion) === ourApiVersion;
}

/** References to the plug, its socket and its namespace need no index: every change of these is looked at anyway. */
function indexed(refs: readonly PlugRef[] | undefined, plug: Plug | undefined): readonly PlugRef[] {
  return (refs ?? []).filter((ref) => !isWhole(ref) || (ref.kind !== "Place" && !isOwn(ref, plug)));
}

function isOwn(ref: PlugRef, plug: Plug | undefined): boolean {
  if (ref.kind === "Socket") return ref.name === plug?.spec.socket.name;
  return ref.kind === "Namespace" || (ref.name === plug?.metadata.name && ref.namespace === plug.metadata.namespace);
}
