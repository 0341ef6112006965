import type { KeyOwner } from "../../crds/snapshot/kept-keys.ts";
import type { KeptKeys, KeyStore, KeysToStore } from "./key-store.ts";

/** What a rendering gives: with the keys and certificates that its templates made, if it succeeded. */
interface Rendering {
  readonly kind: string;
  readonly made?: ReadonlyMap<string, string>;
}

export interface RenderedWithKeys<Result> {
  readonly result: Result;
  /** Whether templates made keys. */
  readonly makesKeys: boolean;
  /** Present if some of them are not stored yet. The result may be used only after they are. */
  readonly toStore?: KeysToStore | undefined;
}

/**
 * Renders with the keys that are stored, and with new ones for the rest.
 * Stores nothing: only a stage that holds its plug may, because nobody removes what is stored after a coupling ended.
 */
export async function renderWithKeys<Result extends Rendering>(
  store: KeyStore,
  { namespace, name }: KeyOwner,
  known: KeptKeys | undefined,
  render: (kept: ReadonlyMap<string, string>) => Promise<Result>,
): Promise<RenderedWithKeys<Result>> {
  const plug = { namespace, name };
  const first = await render(known?.values ?? new Map());
  if (first.made === undefined || first.made.size === 0) return { result: first, makesKeys: false };
  const before = known ?? (await store.read(plug));
  const values = new Map([...first.made, ...before.values]);
  const result = await render(values);
  if (values.size === before.values.size) return { result, makesKeys: true };
  return { result, makesKeys: true, toStore: { plug, key: store.keyFor(plug), values, before } };
}
