/** One value of a config, result or data, and whether it must stay out of status, events and logs. */
export interface OriginValue {
  readonly value: string;
  readonly sensitive: boolean;
}

export type OriginValues = { readonly [property: string]: OriginValue };

/** What each source of one side's config, result or data gives. */
export interface Sources {
  readonly secret?: OriginValues | undefined;
  readonly inline?: OriginValues | undefined;
  readonly template?: OriginValues | undefined;
  readonly configMap?: OriginValues | undefined;
  readonly apparatus?: OriginValues | undefined;
}

/** One set of values of all sources: Secret < inline < template < ConfigMap < apparatus. A value keeps the origin of the source that gave it. */
export function mergeSources({ secret, inline, template, configMap, apparatus }: Sources): OriginValues {
  const layers = [secret, inline, template, configMap, apparatus];
  return Object.fromEntries(layers.flatMap((layer) => Object.entries(layer ?? {})));
}

/** Values whose origin is public: a spec, a ConfigMap. */
export function plainValues(values: { readonly [property: string]: string } | undefined): OriginValues {
  return marked(values ?? {}, false);
}

/** Values whose origin is secret: a Secret (decoded), an apparatus. */
export function sensitiveValues(values: { readonly [property: string]: string } | undefined): OriginValues {
  return marked(values ?? {}, true);
}

function marked(values: { readonly [property: string]: string }, sensitive: boolean): OriginValues {
  return Object.fromEntries(Object.entries(values).map(([property, value]) => [property, { value, sensitive }]));
}
