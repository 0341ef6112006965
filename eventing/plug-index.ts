import type { Plug } from "../crds/generated/plug.ts";
import { annotations } from "../crds/names.ts";
import { snapshotsOf } from "../crds/snapshot-head.ts";
import { isSeeds } from "../crds/standing.ts";
import { namespacedName } from "./subject.ts";

interface Carded {
  /** The plug, without all that does not count when a socket counts its plugs. */
  readonly card: Plug;
  readonly sockets: readonly string[];
  readonly digest: string;
}

/** Which plugs concern which socket, and as much of each as the socket's census needs. */
export class PlugIndex {
  readonly #plugs = new Map<string, Carded>();
  readonly #bySocket = new Map<string, Set<string>>();
  readonly #byDigest = new Map<string, string>();
  readonly #byUid = new Map<string, string>();

  /** Takes a plug for what it is now; the names of the sockets whose census may differ from before. */
  replace(name: string, plug: Plug | undefined): readonly string[] {
    const before = this.#plugs.get(name);
    const after =
      plug === undefined
        ? undefined
        : { card: cardOf(plug), sockets: socketsOf(plug), digest: snapshotsOf(plug.metadata) };
    if (after !== undefined && JSON.stringify(before?.card) === JSON.stringify(after.card)) return [];
    if (before !== undefined) this.#forget(name, before);
    if (after !== undefined) this.#remember(name, after);
    return [...new Set([...(before?.sockets ?? []), ...(after?.sockets ?? [])])];
  }

  /** The names of the plugs that point at a socket or are coupled to it, as far as they are concerned. */
  namesAt(socket: string, concerned: (card: Plug) => boolean): readonly string[] {
    const names = [...(this.#bySocket.get(socket) ?? [])];
    return names.filter((name) => {
      const card = this.#plugs.get(name)?.card;
      return card !== undefined && concerned(card);
    });
  }

  /** Those plugs, as far as a census goes. */
  cardsAt(socket: string): readonly Plug[] {
    return [...(this.#bySocket.get(socket) ?? [])].flatMap((name) => this.#plugs.get(name)?.card ?? []);
  }

  namesIn(namespace: string): readonly string[] {
    return [...this.#plugs.keys()].filter((name) => name.startsWith(`${namespace}/`));
  }

  /** The socket whose queue a plug's stages wait in. */
  socketOf(name: string): string {
    return this.#plugs.get(name)?.sockets[0] ?? "";
  }

  deleting(name: string): boolean {
    return this.#plugs.get(name)?.card.metadata.deletionTimestamp !== undefined;
  }

  /** The digest that a plug's snapshots bear. */
  digestOf(name: string): string | undefined {
    return this.#plugs.get(name)?.digest;
  }

  /** The plug whose snapshots bear a digest. */
  nameOf(digest: string): string | undefined {
    return this.#byDigest.get(digest);
  }

  /** The plug of a uid. */
  nameOfUid(uid: string): string | undefined {
    return this.#byUid.get(uid);
  }

  #remember(name: string, carded: Carded): void {
    this.#plugs.set(name, carded);
    this.#byUid.set(carded.card.metadata.uid, name);
    this.#byDigest.set(carded.digest, name);
    for (const socket of carded.sockets)
      this.#bySocket.set(socket, (this.#bySocket.get(socket) ?? new Set()).add(name));
  }

  #forget(name: string, carded: Carded): void {
    this.#plugs.delete(name);
    this.#byUid.delete(carded.card.metadata.uid);
    this.#byDigest.delete(carded.digest);
    for (const socket of carded.sockets) {
      const names = this.#bySocket.get(socket);
      names?.delete(name);
      if (names?.size === 0) this.#bySocket.delete(socket);
    }
  }
}

/** The sockets a plug points at or is coupled to, the one it points at first. */
export function socketsOf(plug: Plug): readonly string[] {
  const { namespace } = plug.metadata;
  const wanted = namespacedName({ namespace, ...defined(plug.spec.socket) });
  const coupled = plug.status?.coupledSocket;
  if (coupled === undefined) return [wanted];
  const current = namespacedName({ namespace, ...defined(coupled) });
  return current === wanted ? [wanted] : [wanted, current];
}

function defined({ name, namespace }: { readonly name: string; readonly namespace?: string | undefined }): {
  name: string;
  namespace?: string;
} {
  return namespace === undefined ? { name } : { name, namespace };
}

function cardOf(plug: Plug): Plug {
  const { apiVersion, kind, metadata, spec, status } = plug;
  const { name, namespace, uid, creationTimestamp, deletionTimestamp } = metadata;
  const paused = metadata.annotations?.[annotations.paused];
  // That it is ours, not which revision: a census need not know of each.
  const ours = isSeeds(plug) ? {} : { revision: 1 };
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion: "",
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(paused === undefined ? {} : { annotations: { [annotations.paused]: paused } }),
    },
    spec: { socket: spec.socket, ...(spec.interface === undefined ? {} : { interface: spec.interface }) },
    ...(status?.coupledSocket === undefined ? {} : { status: { coupledSocket: status.coupledSocket, ...ours } }),
  };
}
