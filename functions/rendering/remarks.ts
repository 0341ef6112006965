import * as messages from "../../crds/messages.ts";
import { type OurNotice, sensitiveName } from "../../crds/messages.ts";
import { apiVersion } from "../../crds/names.ts";
import type { Plug } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { hasBytes } from "../../kit/encoding/bytes.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import type { MissingValue } from "../../templates/template.ts";
import type { BySide, Side, Values } from "./values.ts";

/** A warning for the owner of a template; the rendering is valid. */
export interface Remark {
  /** The side of the template. */
  readonly side: Side;
  readonly reason: OurNotice["reason"];
  readonly message: string;
}

/** By-products of renderings besides texts and objects. Filled as they run. */
export interface ByProducts {
  /** Keys and certificates that were made; they are stored before anything is applied. */
  readonly made: Map<string, string>;
  readonly remarks: Remark[];
}

export function noByProducts(): ByProducts {
  return { made: new Map(), remarks: [] };
}

/** Adds what one rendering found. */
export function gather(
  into: ByProducts,
  { made, remarks }: { readonly made: ReadonlyMap<string, string>; readonly remarks: readonly Remark[] },
): void {
  for (const [name, value] of made) into.made.set(name, value);
  into.remarks.push(...remarks);
}

/** Keys that a side gives but the socket's interface drops, so that templates find no value. */
export interface Dropped {
  readonly [values: string]: readonly string[];
}

/** One remark for each template that prints a value that does not exist. */
export function missingRemarks(side: Side, missing: readonly MissingValue[], dropped: Dropped): readonly Remark[] {
  const known = new Set(Object.entries(dropped).flatMap(([values, keys]) => keys.map((key) => `${values}.${key}`)));
  const byPlace = Map.groupBy(missing, ({ place }) => place);
  return [...byPlace].map(([place, values]) => {
    const expressions = [...new Set(values.map(({ expression }) => expression))];
    const unnamed = [...new Set(expressions.flatMap(keyReadBy))].filter((key) => known.has(key));
    return { side, ...messages.missingValue(place, expressions, unnamed) };
  });
}

/** One remark for each value that an apparatus does not get, because JSON cannot contain bytes that are not text. */
export function untoldRemarks(side: Side, name: string, values: Values): readonly Remark[] {
  return Object.entries(values).flatMap(([key, { value, bytesFrom }]) =>
    hasBytes(value) ? [{ side, ...messages.untoldValue(side, `${name}.${key}`, bytesFrom) }] : [],
  );
}

/**
 * The key that an expression reads: `.plugConfig.make`, `plugConfig.make` and `index .plugConfig "make"` read
 * plugConfig.make.
 */
function keyReadBy(expression: string): readonly string[] {
  const [, values, key] = /\b((?:plug|socket)(?:Config|Result))(?:\.|\s+["'])([^\s.()"'|}]+)/.exec(expression) ?? [];
  return values === undefined || key === undefined ? [] : [`${values}.${key}`];
}

const mostNotices = 10;

/** The remarks as Events about the owner of the template, one for each generation of it. */
export function noticesOf(
  remarks: readonly Remark[],
  { plug, socket }: BySide<Plug | Socket | undefined>,
): readonly OurNotice[] {
  return (["plug", "socket"] as const).flatMap((side) => {
    const owner = side === "plug" ? plug : socket;
    return owner === undefined
      ? []
      : noticesAbout(
          owner,
          remarks.filter((remark) => remark.side === side),
        );
  });
}

function noticesAbout({ apiVersion, kind, metadata }: Plug | Socket, remarks: readonly Remark[]): readonly OurNotice[] {
  const about = { apiVersion, kind, metadata };
  const distinct = [...new Map(remarks.map((remark) => [`${remark.reason} ${remark.message}`, remark])).values()];
  const more = distinct.length - mostNotices;
  return distinct.slice(0, mostNotices).map(({ reason, message }, index) => ({
    about,
    type: "Warning",
    reason,
    message:
      more > 0 && index === mostNotices - 1 ? `${message} (and ${more + 1} more warnings of this kind)` : message,
    once: true,
  }));
}

/** Warns the authors of templates about names that contain values from Secrets. `object` is the plug. */
export function warnOfNames(
  { object, socket }: { readonly object: KubeObject; readonly socket: Socket | undefined },
  names: readonly SensitiveName[],
): readonly OurNotice[] {
  return names.map((name) => {
    const ofPlug = name.side === "plug" || socket === undefined;
    const about = ofPlug ? object : { apiVersion, kind: "Socket", metadata: socket.metadata };
    return { about, type: "Warning", ...sensitiveName(name) };
  });
}

/** A name that contains a value from a Secret. The author of the template publishes it. */
export interface SensitiveName {
  readonly side: Side;
  /** The place of the template. */
  readonly place: string;
  readonly kind: string;
}
