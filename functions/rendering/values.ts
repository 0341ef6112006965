import { hasBytes } from "../../kit/encoding/bytes.ts";
import type { TemplateData } from "../../templates/template.ts";

/** One value, and whether it may be shown. */
export interface Value {
  readonly value: string;
  readonly sensitive: boolean;
  /** Where bytes in it that are no text come from, in words; absent where it is text. */
  readonly bytesFrom?: string | undefined;
  /** An interface marks it, or what it is made of, as sensitive: no name and no key is made of it. */
  readonly marked?: true | undefined;
}

/** Values by name: a data, config, result or vars of one side. */
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

/** Merged: of equal keys the last wins. */
export function mergeValues(...sources: readonly (Values | undefined)[]): Values {
  const merged = new Map<string, Value>();
  for (const source of sources) for (const [key, value] of Object.entries(source ?? {})) merged.set(key, value);
  return Object.fromEntries(merged);
}

/** The values alone. */
export function plainValues(values: Values): { readonly [key: string]: string } {
  return Object.fromEntries(Object.entries(values).map(([key, { value }]) => [key, value]));
}

/** The values that are text: JSON has no form for bytes that are none. */
export function textValues(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, { value }]) => !hasBytes(value)));
}

/**
 * Where the bytes in a text that are no text may come from: those of the values with such bytes that are part of it,
 * else any.
 */
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

/** What templates see, and which of it an interface marks as sensitive. */
export interface MarkedData extends TemplateData {
  readonly marked: TemplateData["sensitive"];
}

/** What templates see: plain objects as they are, values by name with their origin. */
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
 * The same data as if only what an interface marks were sensitive: what is then made of something sensitive is made of
 * that.
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
