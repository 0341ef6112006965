import type { KubeObject } from "../../kit/kube/port.ts";
import type {
  Change,
  DueContext,
  Kept,
  KindDefinition,
  KindStages,
  Referred,
  Told,
  View,
  WhatIsDue,
} from "../../kit/loop/kind.ts";
import type { Reference } from "../../kit/loop/references.ts";
import type { FollowTarget } from "./follow.ts";
import { NamesBy } from "./ref-index.ts";
import { ItemStore, ObjectStore, type Store } from "./store.ts";

/** The events that the kind's watch receives and reports. */
export interface KeptKindOptions {
  readonly view: View;
  /** Whether all existing objects have been read. */
  readonly synced: () => boolean;
  readonly refused: () => boolean;
  /** The field manager under which the operator applies. */
  readonly fieldManager: string;
  readonly malformed: (name: string, error: unknown) => void;
  /** An object changed; with its dependencies before and after. */
  readonly changed: (change: Change<object, unknown>, before: readonly Referred[], after: readonly Referred[]) => void;
}

/** The functions of a kind that do not depend on its types. */
export interface AnyKept extends FollowTarget {
  readonly definition: Untyped;
  readonly size: number;
  names(): Iterable<string>;
  object(name: string): KubeObject | undefined;
  version(name: string): string | undefined;
  /** The names of items with this value in an index. */
  by(index: string, value: string): readonly string[];
  /** The judgement of an item; undefined if it does not exist, or cannot be parsed. */
  due(name: string, context: DueContext): WhatIsDue | undefined;
  recorded(name: string): readonly Reference[];
  suspected(name: string, hidden: (ref: Reference) => boolean): readonly string[];
  group(name: string): string;
  isUrgent(name: string): boolean;
  /** The fact that the last run of the stage reported, as far as the item shows it; without a name: a deleted item. */
  told(name: string | undefined, stage: string): Told | undefined;
  about(name: string): ReturnType<KindStages<object>["about"]> | undefined;
}

/** The fields of a definition that do not depend on its type parameters. */
export type Untyped = Pick<
  KindDefinition<object, unknown>,
  "name" | "watched" | "essential" | "wakes" | "owns" | "takes"
> & { readonly stages?: Pick<KindStages<object>, "paceMilliseconds"> | undefined };

/** The stored state of one kind: its items, the cards that others need at any time, and the indexes that find them. */
export class KeptKind<Item extends object, Card> implements AnyKept, Kept<Item, Card> {
  readonly definition: KindDefinition<Item, Card>;
  readonly #options: KeptKindOptions;
  readonly #store: Store<Item>;
  readonly #cards = new Map<string, Card>();
  readonly #indexes: ReadonlyMap<string, NamesBy>;

  constructor(definition: KindDefinition<Item, Card>, options: KeptKindOptions) {
    this.definition = definition;
    this.#options = options;
    const { parse, parsed } = definition;
    const { malformed, fieldManager } = options;
    const changed = (name: string, before: Item | undefined, after: Item | undefined): void =>
      this.#changed(name, before, after);
    this.#store =
      parsed === "all"
        ? new ItemStore({ parse, malformed, changed })
        : new ObjectStore(parsed, { parse, malformed, changed, fieldManager });
    this.#indexes = new Map(Object.keys(definition.indexes ?? {}).map((index) => [index, new NamesBy()]));
  }

  put(object: KubeObject): void {
    this.#store.put(object);
  }

  remove(object: KubeObject): void {
    this.#store.remove(object);
  }

  retain(listed: ReadonlySet<string>, covers: (name: string) => boolean): void {
    this.#store.retain(listed, covers);
  }

  get(name: string): Item | undefined {
    return this.#store.get(name);
  }

  card(name: string): Card | undefined {
    return this.#cards.get(name);
  }

  by(index: string, value: string): readonly string[] {
    return [...(this.#indexes.get(index)?.of(value) ?? [])];
  }

  get synced(): boolean {
    return this.#options.synced();
  }

  get refused(): boolean {
    return this.#options.refused();
  }

  names(): Iterable<string> {
    return this.#store.names();
  }

  get size(): number {
    return this.#store.size;
  }

  object(name: string): KubeObject | undefined {
    return this.#store.object(name);
  }

  version(name: string): string | undefined {
    return this.#store.version(name);
  }

  due(name: string, context: DueContext): WhatIsDue | undefined {
    const item = this.#store.get(name);
    return item === undefined ? undefined : this.definition.stages?.due(item, context);
  }

  recorded(name: string): readonly Reference[] {
    return this.#withItem(name, (item) => this.definition.stages?.recorded?.(item)) ?? [];
  }

  suspected(name: string, hidden: (ref: Reference) => boolean): readonly string[] {
    return this.#withItem(name, (item) => this.definition.stages?.suspected?.(item, hidden)) ?? [];
  }

  group(name: string): string {
    const { name: kind, stages } = this.definition;
    const group = stages?.group?.(name, this.#options.view);
    return group === undefined ? kind : `${kind} ${group}`;
  }

  isUrgent(name: string): boolean {
    return this.definition.stages?.urgent?.(name, this.#options.view) ?? false;
  }

  told(name: string | undefined, stage: string): Told | undefined {
    const item = name === undefined ? undefined : this.#store.get(name);
    // An item that cannot be parsed shows nothing.
    if (item === undefined && name !== undefined && this.#store.version(name) !== undefined) return undefined;
    return this.definition.stages?.told?.(stage, item);
  }

  about(name: string): ReturnType<KindStages<object>["about"]> | undefined {
    return this.#withItem(name, (item) => this.definition.stages?.about(item, this.#options.view));
  }

  #withItem<Answer>(name: string, question: (item: Item) => Answer | undefined): Answer | undefined {
    const item = this.#store.get(name);
    return item === undefined ? undefined : question(item);
  }

  #changed(name: string, before: Item | undefined, after: Item | undefined): void {
    const { card, references } = this.definition;
    const cards = { before: this.#cards.get(name), after: after === undefined ? undefined : card?.(after) };
    // An unchanged value keeps its memory, too.
    const cardChanged = JSON.stringify(cards.before) !== JSON.stringify(cards.after);
    if (cards.after === undefined) this.#cards.delete(name);
    else if (cardChanged) this.#cards.set(name, cards.after);
    if (card === undefined || cardChanged) this.#index(name, { before, after }, cards);
    this.#options.changed(
      { name, before, after, cards, cardChanged },
      before === undefined ? [] : (references?.(before) ?? []),
      after === undefined ? [] : (references?.(after) ?? []),
    );
  }

  #index(
    name: string,
    items: { readonly before: Item | undefined; readonly after: Item | undefined },
    cards: { readonly before: Card | undefined; readonly after: Card | undefined },
  ): void {
    for (const [index, valuesOf] of Object.entries(this.definition.indexes ?? {})) {
      const names = this.#indexes.get(index);
      // If a kind has cards, each item has one.
      const values = (item: Item | undefined, card: Card | undefined): readonly string[] =>
        item === undefined ? [] : valuesOf(item, card as Card);
      const [before, after] = [values(items.before, cards.before), values(items.after, cards.after)];
      for (const value of before) if (!after.includes(value)) names?.remove(value, name);
      for (const value of after) names?.add(value, name);
    }
  }
}
