import { hasBytes } from "../../kit/encoding/bytes.ts";
import type { TemplateData } from "../../templates/template.ts";

/** One value, and whether it may be shown. */
export interface Value {
  readonly value: string;
  readonly sensitive: boolean;
  /** The origin of bytes in it that are not text; absent if it is text. */
  readonly bytesFrom?: string | undefined;
  /** The interface marks it, or a value in it, as sensitive. No name and no key may contain it. */
  readonly marked?: true | undefined;
}

/** Values by name: the data, config, result or vars of one side. */
export interface Values {
  readonly [key: string]: Value;
}

export const sides = ["plug", "socket"] as const;

export type Side = (typeof sides)[number];

export interface BySide<T> {
  readonly plug: T;
  readonly socket: T;
}

/** Values that all may be shown, or none. */
export function valuesOf(plain: { readonly [key: string]: string } | undefined, sensitive: boolean): Values {
  return Object.fromEntries(Object.entries(plain ?? {}).map(([key, value]) => [key, { value, sensitive }]));
}

/** Merges values; the last one of equal keys takes precedence. */
export function mergeValues(...sources: readonly (Values | undefined)[]): Values {
  const merged = new Map<string, Value>();
  for (const source of sources) for (const [key, value] of Object.entries(source ?? {})) merged.set(key, value);
  return Object.fromEntries(merged);
}

/** The values without their origin. */
export function plainValues(values: Values): { readonly [key: string]: string } {
  return Object.fromEntries(Object.entries(values).map(([key, { value }]) => [key, value]));
}

/** The values that are text: JSON cannot express other bytes. */
export function textValues(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, { value }]) => !hasBytes(value)));
}

/** The possible origin of bytes in a text: the values with such bytes that it contains, else any. */
export function originOfBytes(text: string, ...groups: readonly (Values | undefined)[]): string | undefined {
  const all = groups.flatMap((values) => Object.values(values ?? {})).filter(({ value }) => hasBytes(value));
  const parts = all.filter(({ value }) => text.includes(value));
  const origins = (parts.length > 0 ? parts : all).flatMap(({ bytesFrom }) => bytesFrom ?? []);
  return origins.length === 0 ? undefined : [...new Set(origins)].join(", ");
}

/** The values as they may be shown. */
export function shownValues(values: Values): { readonly [key: string]: string } {
  return Object.fromEntries(
    Object.entries(values).map(([key, { value, sensitive }]) => [key, sensitive ? "(sensitive)" : value]),
  );
}

/** The data of templates, and the parts that an interface marks as sensitive. */
export interface MarkedData extends TemplateData {
  readonly marked: TemplateData["sensitive"];
}

/** The data of templates: plain objects unchanged, values by name with their origin. */
export function templateData(plain: TemplateData["values"], named: { readonly [name: string]: Values }): MarkedData {
  const pathsOf = (holds: (value: Value) => boolean): TemplateData["sensitive"] =>
    Object.entries(named).flatMap(([name, values]) =>
      Object.entries(values)
        .filter(([, value]) => holds(value))
        .map(([key]) => [name, key]),
    );
  const values = Object.fromEntries(Object.entries(named).map(([name, group]) => [name, plainValues(group)]));
  return {
    values: { ...plain, ...values },
    sensitive: pathsOf(({ sensitive }) => sensitive),
    marked: pathsOf(({ marked }) => marked === true),
  };
}

/**
 * The same data with only the values sensitive that an interface marks.
 * A sensitive output then contains one of those.
 */
export function markedAlone({ values, marked }: MarkedData): TemplateData {
  return { values, sensitive: marked };
}

/** The sensitive texts among values. */
export function secretsOf(...groups: readonly (Values | undefined)[]): readonly string[] {
  return groups
    .flatMap((values) => Object.values(values ?? {}))
    .flatMap(({ value, sensitive }) => (sensitive ? [value] : []));
}
