import type { Plug, PlugResource } from "../plug/plug.generated.ts";
import type { Socket } from "../socket/socket.generated.ts";

/**
 * The meaning of absent fields.
 * Neither the CRDs nor the parsers write these values into objects: templates and hooks see a spec as its author wrote
 * it, and stored objects stay unchanged when a default is added.
 */
export type Event = NonNullable<PlugResource["when"]>[number];
export type Action = NonNullable<PlugResource["do"]>;
export type MissingValues = NonNullable<Plug["spec"]["missingValues"]>;
export type Engine = NonNullable<PlugResource["engine"]>;

/** Seconds without use after which the Pod of an apparatus is removed. */
export const defaultIdleSeconds = 60;

/** The stages at which an entry of `resources` is performed. */
export function whenOf(entry: Pick<PlugResource, "when">): readonly Event[] {
  return entry.when ?? ["coupled", "updated"];
}

/** What Plugboard does with the objects of an entry. */
export function actionOf(entry: Pick<PlugResource, "do">): Action {
  return entry.do ?? "apply";
}

/** The syntax of an entry's templates. */
export function engineOf(
  spec: { readonly engine?: Engine | undefined },
  entry: { readonly engine?: Engine | undefined } = {},
): Engine {
  return entry.engine ?? spec.engine ?? "go";
}

/**
 * What happens when a template prints a value that does not exist.
 * `otherwise`: used if neither the owner nor a named interface of the socket decides.
 */
export function missingValuesOf(
  owner: Plug | Socket,
  socket: Socket | undefined,
  otherwise: MissingValues | undefined,
): MissingValues {
  return owner.spec.missingValues ?? (socket?.spec.interface?.name === undefined ? (otherwise ?? "print") : "error");
}

/** Whether the objects of an entry stay when the coupling ends. */
export function preserved(entry: Pick<PlugResource, "preserveWhenDecoupled" | "retainWhenDecoupled">): boolean {
  return entry.preserveWhenDecoupled ?? entry.retainWhenDecoupled ?? false;
}

/**
 * The service account, in the owner's namespace, that applies its objects and reads its vars.
 * An empty name counts as absent.
 */
export function serviceAccountOf({ spec }: Plug | Socket): string {
  return spec.serviceAccountName || "default";
}
