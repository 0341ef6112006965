import { LRUCache } from "lru-cache";
import type { KubeObject } from "../../kube/port.ts";
import { isSecret } from "../../outlet/outlet.ts";

/** The most characters of the texts that are kept. */
const charactersAtMost = 4_194_304;

/**
 * The objects that were read recently, by their text.
 * An object that has not changed is not parsed again, and what was derived from it is found again: many plugs read the
 * same large socket.
 * Secrets are not kept.
 */
export class KnownObjects {
  readonly #known = new LRUCache<string, { readonly text: string; readonly object: KubeObject }>({
    maxSize: charactersAtMost,
    sizeCalculation: ({ text }) => text.length + 1,
  });

  /** The object of this text: the same as before if nothing of it changed. `name` identifies the request. */
  of(name: string, text: string, parse: (text: string) => KubeObject): KubeObject {
    const before = this.#known.get(name);
    if (before?.text === text) return before.object;
    const object = parse(text);
    if (!isSecret(object)) this.#known.set(name, { text, object });
    return object;
  }
}
