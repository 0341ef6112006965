import type { Plug, PlugRef } from "../crds/generated/plug.ts";
import { apiVersion as ourApiVersion } from "../crds/names.ts";
import { namespacedName } from "./subject.ts";

/** How plugs and deferred resources use a kind: through objects they made, or through others too. */
export interface KindUse {
  readonly applied: number;
  readonly read: number;
}

/** The keys of subjects by the name of an object: one where only one refers to it, as is usual. */
type SubjectsByName = Map<string, string | Set<string>>;

interface References {
  applied: number;
  read: number;
  readonly makers: SubjectsByName;
  readonly readers: SubjectsByName;
}

/** Which plugs and deferred resources refer to an object, from what their statuses say. */
export class RefIndex {
  readonly #kinds = new Map<string, References>();
  readonly #used: (kind: string) => void;

  constructor(used: (kind: string) => void) {
    this.#used = used;
  }

  /** Takes the references of a subject for what they are now. */
  replace(key: string, old: readonly PlugRef[], current: readonly PlugRef[]): void {
    if (JSON.stringify(old) === JSON.stringify(current)) return;
    for (const ref of current) this.#add(ref, key);
    for (const ref of old) this.#take(ref, key);
    // What both name was taken away with the old.
    for (const ref of current) this.#link(ref, key);
    for (const kind of new Set([...old, ...current].map(kindOf))) this.#used(kind);
  }

  /** The keys of the subjects that refer to an object. */
  *dependents(kind: string, name: string): Iterable<string> {
    yield* this.readers(kind, name);
    yield* subjectsAt(this.#kinds.get(kind)?.makers, name);
  }

  /** The keys of those that refer to an object otherwise than as what they applied. */
  readers(kind: string, name: string): Iterable<string> {
    return subjectsAt(this.#kinds.get(kind)?.readers, name);
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

  #add(ref: PlugRef, key: string): void {
    const references = this.#referencesTo(ref);
    if (bearsOurLabel(ref)) references.applied += 1;
    else references.read += 1;
    this.#link(ref, key);
  }

  #link(ref: PlugRef, key: string): void {
    const byName = this.#byName(ref);
    const name = namespacedName(ref);
    const subjects = byName.get(name);
    if (subjects === undefined) byName.set(name, key);
    else if (typeof subjects !== "string") subjects.add(key);
    else if (subjects !== key) byName.set(name, new Set([subjects, key]));
  }

  #take(ref: PlugRef, key: string): void {
    const references = this.#referencesTo(ref);
    if (bearsOurLabel(ref)) references.applied -= 1;
    else references.read -= 1;
    const byName = this.#byName(ref);
    const name = namespacedName(ref);
    const subjects = byName.get(name);
    if (typeof subjects === "object") subjects.delete(key);
    if (subjects === key || (typeof subjects === "object" && subjects.size === 0)) byName.delete(name);
  }

  #byName(ref: PlugRef): SubjectsByName {
    const { makers, readers } = this.#referencesTo(ref);
    return ref.role === "applied" ? makers : readers;
  }

  #referencesTo(ref: PlugRef): References {
    const kind = kindOf(ref);
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const fresh = { applied: 0, read: 0, makers: new Map(), readers: new Map() };
    this.#kinds.set(kind, fresh);
    return fresh;
  }
}

/** Whether a watch of what carries our label shows the object: what was applied, and apparatuses. */
function bearsOurLabel({ role, entry }: PlugRef): boolean {
  return role === "applied" || entry === "apparatus";
}

function subjectsAt(byName: SubjectsByName | undefined, name: string): Iterable<string> {
  const subjects = byName?.get(name);
  return subjects === undefined ? [] : typeof subjects === "string" ? [subjects] : subjects;
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

/** References of a plug that need an index; its own, its socket's and its namespace's do not: every change of these is looked at anyway. */
export function indexedRefs(plug: Plug | undefined): readonly PlugRef[] {
  const refs = plug?.status?.refs ?? [];
  return refs.filter((ref) => !isWhole(ref) || (ref.kind !== "Place" && !isOwn(ref, plug)));
}

function isOwn(ref: PlugRef, plug: Plug | undefined): boolean {
  if (ref.kind === "Socket") return ref.name === plug?.spec.socket.name;
  return ref.kind === "Namespace" || (ref.name === plug?.metadata.name && ref.namespace === plug.metadata.namespace);
}
