import { KindNotServed, OperatorError } from "../../../kit/errors.ts";
import { keyText } from "../../../kit/kube/keys.ts";
import type { Kube, KubeObject, ListQuery, ObjectKey } from "../../../kit/kube/port.ts";
import { tell } from "../../../kit/outlet/outlet.ts";

/** The result of looking for an object. `kind not served`: the API server does not know its kind. */
export type Found =
  | { readonly kind: "found"; readonly object: KubeObject }
  | { readonly kind: "absent" | "kind not served" | "unread" };

/** Something that the caller could not read. */
export interface Unread {
  readonly what: string;
  /** Why, in a sentence. */
  readonly why: string;
}

/** The most requests at one time. */
const atOnce = 20;

/** Reads with the rights of the caller. Never fails: lists what it could not read. */
export class Reader {
  readonly #kube: Kube;
  readonly #unread = new Map<string, string>();

  constructor(kube: Kube) {
    this.#kube = kube;
  }

  /** What could not be read so far, sorted. */
  unread(): readonly Unread[] {
    return [...this.#unread].map(([what, why]) => ({ what, why })).toSorted((a, b) => (a.what < b.what ? -1 : 1));
  }

  /** A whole object. Not for Secrets. */
  object(key: ObjectKey): Promise<Found> {
    return this.#look(key, () => this.#kube.get(key));
  }

  /** The metadata of objects, by `keyText`. Their contents are not requested. */
  async metadata(keys: readonly ObjectKey[]): Promise<ReadonlyMap<string, Found>> {
    const distinct = [...new Map(keys.map((key) => [keyText(key), key])).values()];
    const found = new Map<string, Found>();
    for (let start = 0; start < distinct.length; start += atOnce)
      await Promise.all(
        distinct.slice(start, start + atOnce).map(async (key) => {
          found.set(keyText(key), await this.#look(key, () => this.#kube.getMetadata(key)));
        }),
      );
    return found;
  }

  /** All objects of a query; undefined if they could not be read. `what`: their name in the list of the unread. */
  list(query: ListQuery, what: string): Promise<readonly KubeObject[] | undefined> {
    return this.attempt(what, async () => {
      const items: KubeObject[] = [];
      let next: string | undefined;
      do {
        const page = await this.#kube.list({ ...query, limit: 500, continue: next });
        items.push(...page.items);
        next = page.continue;
      } while (next !== undefined);
      return items;
    });
  }

  /** The result of reading something; undefined if it could not be read. */
  async attempt<Result>(what: string, read: (kube: Kube) => Promise<Result>): Promise<Result | undefined> {
    try {
      return await read(this.#kube);
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      this.#unread.set(what, tell(error));
      return undefined;
    }
  }

  async #look(key: ObjectKey, read: () => Promise<KubeObject | undefined>): Promise<Found> {
    const found = await this.attempt(nameOf(key), async (): Promise<Found> => {
      try {
        const object = await read();
        return object === undefined ? { kind: "absent" } : { kind: "found", object };
      } catch (error) {
        if (error instanceof KindNotServed) return { kind: "kind not served" };
        throw error;
      }
    });
    return found ?? { kind: "unread" };
  }
}

/** An object as messages name it: `Secret shop/orders`. */
export function nameOf({ kind, namespace, name }: Pick<ObjectKey, "kind" | "namespace" | "name">): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** The cluster of an explanation, as far as its caller knows. */
export interface Bearings {
  readonly reader: Reader;
  readonly operatorNamespace: string;
  /** Which of kube-system and the operator's own namespace are served; absent: neither. */
  readonly serveNamespaces?: readonly string[] | undefined;
  readonly now: number;
}
