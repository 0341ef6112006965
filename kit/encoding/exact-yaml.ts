import { DUMP_SCHEMA, type DumpOptions, dump } from "js-yaml";

const schema = DUMP_SCHEMA.withTags(
  DUMP_SCHEMA.tags
    .filter(({ tagName, nodeKind }) => tagName === "tag:yaml.org,2002:int" && nodeKind === "scalar")
    .map((tag) => ({ ...tag, identify: (data: unknown) => typeof data === "bigint" || tag.identify(data) })),
);

/** The value as YAML, the digits of bigints included. */
export function writeYaml(value: unknown, options: DumpOptions): string {
  return dump(value, { ...options, schema });
}
