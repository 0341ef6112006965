import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import ajvFormats, { type FormatName } from "ajv-formats";
import { compilePattern } from "../../crds/coupling/patterns.ts";
import type { SocketInterfaceProperty } from "../../crds/socket/socket.generated.ts";
import { writeJson } from "../../kit/encoding/exact-json.ts";

/**
 * The JSON Schema keywords of an interface property.
 * An interface is text of a user, and ajv compiles schemas to JavaScript.
 * So it compiles one fixed schema, once, in which every keyword refers to data ($data).
 * The keywords of a user are never more than data.
 */
const keywords = [
  ...(["enum", "pattern", "format", "minLength", "maxLength"] as const),
  ...(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"] as const),
  ...(["minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"] as const),
];

const formats: readonly FormatName[] = [
  ...(["byte", "date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6"] as const),
  ...(["json-pointer", "regex", "time", "uri", "uri-reference", "uuid"] as const),
];
const knownFormats: ReadonlySet<string> = new Set(formats);

/** Some format expressions of ajv take quadratic time in the length of the text. This limit makes that harmless. */
const longestFormatted = 2048;
/** ajv compares each item of a list with each other one. */
const mostCompared = 1000;
/**
 * Matching takes time in proportion to the length of the text and the size of the compiled pattern: about a tenth of a
 * second at most.
 */
const mostPatternWork = 1e8;

let validate: ValidateFunction | undefined;

/** The problems that the keywords find in a value of its type, one phrase each. None contains the value. */
export function keywordProblems(property: SocketInterfaceProperty, value: unknown): readonly string[] {
  const limits = Object.fromEntries(
    keywords.flatMap((word) => (property[word] === undefined ? [] : [[word, property[word]]])),
  );
  if (Object.keys(limits).length === 0) return [];
  if (typeof value === "string" && property.format !== undefined && value.length > longestFormatted) {
    return [`must be of format ${property.format}, in at most ${longestFormatted} characters`];
  }
  if (Array.isArray(value) && property.uniqueItems === true && value.length > mostCompared) {
    return [`must have at most ${mostCompared} items, because all must differ`];
  }
  if (typeof value === "bigint") return largeNumberProblems(property, value);
  validate ??= compileValidate();
  return validate({ limits, value }) ? [] : (validate.errors ?? []).map((error) => phraseOf(error, property));
}

/** ajv does not know bigint. Limits do not need its last digits; an enumeration does. */
function largeNumberProblems(property: SocketInterfaceProperty, value: bigint): readonly string[] {
  const { enum: allowed, ...bounds } = property;
  const listed = allowed === undefined || allowed.some((one) => one === value);
  return [...(listed ? [] : [enumPhrase(property)]), ...keywordProblems(bounds, Number(value))];
}

/** The problems of the keywords themselves, which make every value invalid. */
export function brokenKeywords({ pattern, format }: SocketInterfaceProperty): readonly string[] {
  const compiled = pattern === undefined ? undefined : compilePattern(pattern);
  return [
    ...(compiled?.kind === "broken" ? [`its pattern is not a regular expression: ${compiled.why}`] : []),
    ...(format !== undefined && !knownFormats.has(format) ? [`its format ${format} is not known`] : []),
  ];
}

function compileValidate(): ValidateFunction {
  const regExp = Object.assign(linearTimePattern, { code: "linearTimePattern" });
  const ajv = new Ajv({ $data: true, strict: false, allErrors: true, multipleOfPrecision: 9, code: { regExp } });
  ajvFormats.default(ajv, [...formats]);
  const references = keywords.map((word) => [word, { $data: `1/limits/${word}` }]);
  return ajv.compile({ properties: { value: Object.fromEntries(references) } });
}

function linearTimePattern(pattern: string): { test(text: string): boolean } {
  const compiled = compilePattern(pattern);
  if (compiled.kind === "broken") return { test: () => false };
  const { pattern: program } = compiled;
  return { test: (text) => text.length * program.programSize() <= mostPatternWork && program.test(text) };
}

function enumPhrase(property: SocketInterfaceProperty): string {
  return `must be one of ${(property.enum ?? []).map((allowed) => writeJson(allowed)).join(", ")}`;
}

function phraseOf({ keyword, message = "is invalid" }: ErrorObject, property: SocketInterfaceProperty): string {
  switch (keyword) {
    case "enum":
      return enumPhrase(property);
    case "pattern":
      return `must match the pattern ${property.pattern}`;
    case "format":
      return `must be of format ${property.format}`;
    default:
      return message;
  }
}
