import type { Kind, KubeObject } from "../kube/port.ts";
import type { Traced } from "../trace-context.ts";
import type { Reference, Sight } from "./references.ts";

/** The name of a kind in the loop, with the types of what the loop keeps of its objects. */
export interface KindName<Item extends object, Card> {
  readonly name: string;
  /** Carries the types; no value has it. */
  readonly keeps?: { readonly item: Item; readonly card: Card };
}

/** What the loop lists and watches. */
export interface Watched extends Kind {
  readonly metadataOnly?: boolean | undefined;
  readonly labelSelector?: string | undefined;
  /**
   * The namespaces to watch: all ("everywhere") or one.
   * Absent: the namespaces that the source serves; a cluster-scoped kind other than Namespace must say "everywhere".
   */
  readonly where?: "everywhere" | { readonly namespace: string } | undefined;
}

/**
 * A kind as the loop knows it: what is watched, how it is parsed, which other objects its subjects depend on, and what
 * is due.
 * The counterpart of a controller in controller-runtime: `watched` is its For, `wakes` its Watches with their handlers,
 * `owns` its Owns, `indexes` its field indexes.
 */
export interface KindDefinition<Item extends object, Card = undefined> extends KindName<Item, Card> {
  readonly watched: Watched;
  /**
   * Nothing can be decided without the kind, so a lost watch retries at least every 30 s: "always" from the start,
   * "once watched" after its first complete list.
   * Its objects are kept whole: references to them need no further watch, and functions beside the source read them
   * from there.
   */
  readonly essential?: "always" | "once watched" | undefined;
  /**
   * @throws whatever makes an object unreadable: the loop reports it and keeps the object.
   * Nothing else of a definition may throw
   */
  readonly parse: (object: KubeObject) => Item;
  /** How many objects are kept parsed beside their text; "all": no text is kept, for items that are small. */
  readonly parsed: number | "all";
  /**
   * The part of an item that other kinds read.
   * The loop keeps it parsed and compares it at each change, so that a wake can ignore changes that leave it equal
   * (`cardChanged`).
   */
  readonly card?: ((item: Item) => Card) | undefined;
  /**
   * Named indexes: each returns the values under which an item is found.
   * If the kind has a card, the values must follow from the card alone: the loop asks again only when it changes.
   */
  readonly indexes?: { readonly [index: string]: (item: Item, card: Card) => readonly string[] } | undefined;
  /**
   * Objects of any kind that the item depends on.
   * A change of one wakes the item, except where it made an object that another item owns now.
   */
  readonly references?: ((item: Item) => readonly Referred[]) | undefined;
  /** Changes of other kinds that wake items of this one. */
  readonly wakes?: readonly Wake[] | undefined;
  /**
   * The objects that items own: the label `label` of the object holds the owner's value in the index `index`.
   * A change of the object wakes its owner and the items that read it; without an owner that is known, every item that
   * refers to it.
   * No two kinds may have the same label.
   */
  readonly owns?: { readonly label: string; readonly index: string } | undefined;
  /**
   * Whether an object from a watch that several kinds share is of this kind: for a kind that is watched by its
   * metadata, among those that are always watched (`KindSet`).
   * It must repeat what `watched` selects.
   */
  readonly takes?: ((object: KubeObject) => boolean) | undefined;
  /** Absent: the kind is only watched, for others. */
  readonly stages?: KindStages<Item> | undefined;
}

/** An object that an item depends on. */
export interface Referred extends Reference {
  readonly apiVersion: string;
  /**
   * "made": the item applied it, so it bears the operator's label.
   * "labelled": the item reads it, and it has that label.
   * "read": the item reads it, and it may lack the label.
   */
  readonly use: "made" | "labelled" | "read";
}

/** What is due for items of a kind, and how the loop asks for it. */
export interface KindStages<Item extends object> {
  /** What is due. Reads and writes nothing else; it asks `since` about the same claims each time. */
  readonly due: (item: Item, context: DueContext) => WhatIsDue;
  /**
   * The references, with recorded versions, to objects that the loop watches whole.
   * While a recorded version is newer than the watch has shown, the loop does not decide on the item, for at most 30
   * s.
   * A kind with stages that is watched whole is expected to be written to by them: a new version for which the same
   * is due counts as a failed run.
   */
  readonly recorded?: ((item: Item) => readonly Reference[]) | undefined;
  /**
   * The stages that find changes of objects whose kind may not be watched (`hidden` is true for these).
   * The loop asks for them at the start and at each resync, where nothing else is due, because it cannot see such
   * changes.
   */
  readonly suspected?: ((item: Item, hidden: (ref: Reference) => boolean) => readonly string[]) | undefined;
  /**
   * The group of an item.
   * Groups take turns, so that a large group does not delay a small one.
   * Default: all items of the kind are one group.
   */
  readonly group?: ((name: string, view: View) => string) | undefined;
  /** Whether the item is urgent. The urgent items and the other items of a group take turns, an urgent one first. */
  readonly urgent?: ((name: string, view: View) => boolean) | undefined;
  /**
   * The least time between a decision on an item and the next decision that a `paced` wake causes.
   * The time is longer if a decision takes long.
   */
  readonly paceMilliseconds?: number | undefined;
  /**
   * The fact that a run of the stage told last, as far as the item shows it; the item is undefined if it is gone.
   * The loop compares what this returns before and after a run: if it differs, the run told the fact.
   * Absent: functions alone tell facts.
   */
  readonly told?: ((stage: string, item: Item | undefined) => Told | undefined) | undefined;
  /** The identity, the trace and further data that an event carries about the item. */
  readonly about: (item: Item, view: View) => About;
}

/** A fact that an item shows. */
export interface Told {
  readonly fact: string;
  /** What it was told of: another run that tells the same fact leaves another text. */
  readonly of: string;
}

/** What an event says of its subject. */
export interface About {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number | undefined;
  /** The trace in which its stages run. */
  readonly trace: Traced;
  /** Further data of the event. */
  readonly data?: { readonly [field: string]: unknown } | undefined;
}

/**
 * A change of an object.
 * `before` is undefined if the object is new, `after` if it is deleted; either is undefined if that version could not
 * be parsed.
 */
export interface Change<Item extends object, Card> {
  readonly name: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly cards: { readonly before: Card | undefined; readonly after: Card | undefined };
  /** Whether the card is another than before. */
  readonly cardChanged: boolean;
}

/** A change of another kind that wakes items of this one, by name. */
export interface Wake {
  readonly on: string;
  readonly names: (change: Change<object, unknown>, view: View) => Iterable<string>;
  /** It can wait for the pace of the kind. */
  readonly paced: boolean;
}

/** Builds a wake: when an object of the kind changes, the loop wakes the items that `names` returns. */
export function wakesOn<Item extends object, Card>(
  { name }: KindName<Item, Card>,
  names: (change: Change<Item, Card>, view: View) => Iterable<string>,
  { paced = false }: { readonly paced?: boolean } = {},
): Wake {
  // The loop gives each wake the changes of the kind that it names, which have these types.
  return { on: name, names: names as Wake["names"], paced };
}

/** What the loop has seen. */
export interface View {
  /** The items of a kind. */
  of<Item extends object, Card>(kind: KindName<Item, Card>): Kept<Item, Card>;
  /** What is known of the object of a reference. */
  see(ref: Reference): Sight;
}

/** What the loop keeps of a kind. Names are `namespace/name`. */
export interface Kept<Item extends object, Card> {
  get(name: string): Item | undefined;
  card(name: string): Card | undefined;
  /** The names of items with a value of an index. */
  by(index: string, value: string): readonly string[];
  /** Whether everything there was has been seen. */
  readonly synced: boolean;
  /** Whether the kind may not be watched. */
  readonly refused: boolean;
}

/** What a decision on an item is made with. */
export interface DueContext {
  readonly view: View;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Holders whose claims are void at once. */
  readonly voidHolders: readonly string[];
  /** The time between two resyncs. */
  readonly resyncMilliseconds: number;
  /**
   * Records whether a claim about the item holds now.
   * Returns the time of the first decision since which it has held without a break, in milliseconds since the epoch;
   * undefined if it does not hold.
   */
  readonly since: (claim: string, holds: boolean) => number | undefined;
}

/** A stage that is due, and for what: the same stage for the same inputs is the same need. */
export interface Need {
  readonly stage: string;
  readonly inputs: string;
  /**
   * Changes with each edit by a user.
   * A stage that keeps coming due while `edits` stays the same is restless, and the loop delays it.
   * Absent: the stage is never restless.
   */
  readonly edits?: string | undefined;
}

/**
 * A need, "nothing", or "not now" (another run holds the claim, or the view lags behind); and the time at which the
 * loop decides on the item again even if nothing changes.
 */
export interface WhatIsDue {
  readonly due: Need | "nothing" | "not now";
  readonly lookAgainAt?: number | undefined;
}

export const nothingDue: WhatIsDue = { due: "nothing" };

/** A definition without its type parameters, so that definitions of different types fit in one list. */
export interface LoopKind {
  readonly name: string;
  /** Calls `use` with the definition and its types. */
  readonly open: <Result>(use: UseKind<Result>) => Result;
}

export type UseKind<Result> = <Item extends object, Card>(definition: KindDefinition<Item, Card>) => Result;

/** A definition as one of many. */
export function loopKind<Item extends object, Card>(definition: KindDefinition<Item, Card>): LoopKind {
  return { name: definition.name, open: (use) => use(definition) };
}

/** All kinds of an operator. */
export interface KindSet {
  readonly kinds: readonly LoopKind[];
  /** Selects what the operator made, of any kind. */
  readonly madeSelector: string;
  /** The field manager under which the operator applies. */
  readonly fieldManager: string;
  /** Kinds whose metadata is always watched: anything may come to depend on them. */
  readonly alwaysWatched: readonly Kind[];
}
