import type { Kind, KubeObject } from "./kube.ts";
import type { Reference, Sight } from "./references.ts";
import type { Traced } from "./trace-context.ts";

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
  /** Where: in the namespaces that are served (absent), everywhere, or in one namespace. */
  readonly where?: "everywhere" | { readonly namespace: string } | undefined;
}

/**
 * A kind as the loop knows it: what is watched, how it is parsed, which other objects its subjects depend on, and what is due. The counterpart of a
 * controller in controller-runtime: `watched` is its For, `wakes` its Watches with their handlers, `owns` its Owns, `indexes` its field indexes.
 */
export interface KindDefinition<Item extends object, Card = undefined> extends KindName<Item, Card> {
  readonly watched: Watched;
  /** Decisions need the kind: it is tried again at least every 30 s, from the beginning or once it was watched. */
  readonly essential?: "always" | "once watched" | undefined;
  /** @throws whatever makes an object unreadable: the loop reports it and keeps the object */
  readonly parse: (object: KubeObject) => Item;
  /** How many objects are kept parsed beside their text; "all": no text is kept, for items that are small. */
  readonly parsed: number | "all";
  /** What of an item other kinds need at any time: kept parsed, and compared, so that a change that leaves it alone wakes nobody for it. */
  readonly card?: ((item: Item) => Card) | undefined;
  /** Values by which the names of items are found. Follow from `card`, where there is one. */
  readonly indexes?: { readonly [index: string]: (item: Item) => readonly string[] } | undefined;
  /** Objects of any kind that the item depends on: each change of one wakes it. */
  readonly references?: ((item: Item) => readonly Referred[]) | undefined;
  /** Changes of other kinds that wake items of this one. */
  readonly wakes?: readonly Wake[] | undefined;
  /** Which objects items own: a label of theirs has a value of an index. Only the owner is woken for them, and whoever reads them. */
  readonly owns?: { readonly label: string; readonly index: string } | undefined;
  /** Which objects of a watch that others share are of this kind. */
  readonly takes?: ((object: KubeObject) => boolean) | undefined;
  /** Absent: the kind is only watched, for others. */
  readonly stages?: KindStages<Item> | undefined;
}

/** An object that an item depends on. */
export interface Referred extends Reference {
  readonly apiVersion: string;
  /** "made": the item applied it, so it bears the operator's label. "labelled": it bears that label, and is read. "read": anything else. */
  readonly use: "made" | "labelled" | "read";
}

/** What is due for items of a kind, and how the loop asks for it. */
export interface KindStages<Item extends object> {
  readonly names: readonly string[];
  /** What is due. Pure. */
  readonly due: (item: Item, judging: Judging) => Judged;
  /** References with versions that were recorded of what the loop watches: while they are ahead of it, nothing is judged. */
  readonly recorded?: ((item: Item) => readonly Reference[]) | undefined;
  /** Stages that would find a change of an object that may not be watched; `hidden` tells which may not. They are asked for at each resync. */
  readonly suspected?: ((item: Item, hidden: (ref: Reference) => boolean) => readonly string[]) | undefined;
  /** Items of one group take turns with those of others. Default: all of a kind are one group. */
  readonly group?: ((name: string, view: View) => string) | undefined;
  /** Whether it goes before the usual ones of its group. */
  readonly urgent?: ((name: string, view: View) => boolean) | undefined;
  /** The least time between two looks for a wake that can wait (`paced`); longer where judging takes long. */
  readonly paceMilliseconds?: number | undefined;
  /** What events say of the item. */
  readonly about: (item: Item, view: View) => About;
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

/** A change of an object; absent before: it is new, absent after: it is gone (or unreadable). */
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

/** Has items woken for changes of another kind: `names` tells which, before and after. */
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

/** The circumstances of a judgement. */
export interface Judging {
  readonly view: View;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Holders whose claims are void at once. */
  readonly voidHolders: readonly string[];
  /** The time between two resyncs. */
  readonly resyncMilliseconds: number;
  /** Since when a claim about the item has held at each judgement, with this one (milliseconds since the epoch); undefined where it does not hold. */
  readonly since: (claim: string, holds: boolean) => number | undefined;
}

/** A stage that is due, and for what: the same stage for the same inputs is the same need. */
export interface Need {
  readonly stage: string;
  readonly inputs: string;
  /** Changes with each edit by a user: while it stays, running again is restlessness. Absent where it never is. */
  readonly edits?: string | undefined;
}

/** A need; none; or that it cannot be judged now (a claim runs, the view lags behind). And when to look again although nothing changes. */
export interface Judged {
  readonly judgement: Need | "nothing due" | "not now";
  readonly lookAgainAt?: number | undefined;
}

export const nothingDue: Judged = { judgement: "nothing due" };

/** A kind whose types nobody but its definition knows. */
export interface LoopKind {
  readonly name: string;
  /** Gives the definition, with its types, to whoever can take any. */
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
  /** Kinds whose metadata is always watched: anything may come to depend on them. */
  readonly alwaysWatched: readonly Kind[];
}
