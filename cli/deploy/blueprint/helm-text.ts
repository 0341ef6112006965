import { Blank, type BlankKind, type Condition, type Fields, type Node, type Path } from "./blueprint.ts";

/** Manifests as a Helm template. Helm fills its holes with the same results as `evaluate`. */
export function helmText(documents: readonly Node[]): string {
  return `${documentLines(documents).join("\n")}\n`;
}

function documentLines(documents: readonly Node[]): readonly string[] {
  return documents.flatMap((document) => {
    if (isList(document)) return documentLines(document);
    const control = controlOf(document);
    if (control !== undefined) return controlled(control, documentLines);
    return ["---", ...lines(document)];
  });
}

/** A list or mapping as lines. `inline` writes nodes that fit on one line. */
function lines(node: Node): readonly string[] {
  if (isList(node)) return memberLines(node);
  return Object.entries(node as Fields).flatMap(([key, child]) => entryLines(key, child));
}

function entryLines(key: string, child: Node): readonly string[] {
  if (child instanceof Blank && child.of.kind === "when")
    return controlled(child.of, ([node = null]) => entryLines(key, node));
  const short = inline(child);
  if (short !== undefined) return [`${scalar(key)}: ${short}`];
  return [`${scalar(key)}:`, ...lines(child).map(indented)];
}

function memberLines(members: readonly Node[]): readonly string[] {
  return members.flatMap((member) => {
    if (isList(member)) return memberLines(member);
    const control = controlOf(member);
    if (control !== undefined) return controlled(control, memberLines);
    if (member instanceof Blank && member.of.kind === "all of")
      return [`{{- range $one := ${expression(member.of.path)} }}`, "- {{ $one | toJson }}", "{{- end }}"];
    const short = inline(member);
    if (short !== undefined) return [`- ${short}`];
    const [first = "", ...more] = lines(member);
    // A control line must be alone on its line.
    if (first.startsWith("{{-")) return ["-", ...[first, ...more].map(indented)];
    return [`- ${first}`, ...more.map(indented)];
  });
}

/** Indents a line. Control lines are not indented. */
function indented(line: string): string {
  return line.startsWith("{{-") ? line : `  ${line}`;
}

type Control = Extract<BlankKind, { kind: "when" | "each" }>;

function controlOf(node: Node): Control | undefined {
  if (!(node instanceof Blank)) return undefined;
  return node.of.kind === "when" || node.of.kind === "each" ? node.of : undefined;
}

function controlled(control: Control, within: (nodes: readonly Node[]) => readonly string[]): readonly string[] {
  if (control.kind === "each")
    return [`{{- range $item := ${expression(control.path)} }}`, ...within(control.members), "{{- end }}"];
  const { condition, then, otherwise } = control;
  const always = constant(condition);
  if (always !== undefined) return always ? within([then]) : otherwise === undefined ? [] : within([otherwise]);
  const alternative = otherwise === undefined ? [] : ["{{- else }}", ...within([otherwise])];
  return [`{{- if ${test(condition)} }}`, ...within([then]), ...alternative, "{{- end }}"];
}

/** The result of a condition that does not depend on the values; undefined if it does. */
function constant(condition: Condition): boolean | undefined {
  if (condition.kind === "by Helm") return true;
  if (condition.kind !== "not") return undefined;
  const inner = constant(condition.condition);
  return inner === undefined ? undefined : !inner;
}

function test(condition: Condition): string {
  switch (condition.kind) {
    case "set":
      return expression(condition.path);
    case "equal":
      return `eq ${expression(condition.path)} ${JSON.stringify(condition.to)}`;
    case "not":
      return `not (${test(condition.condition)})`;
    case "all":
      return `and ${condition.conditions.map((one) => `(${test(one)})`).join(" ")}`;
    case "by Helm":
      return "true";
  }
}

function inline(node: Node): string | undefined {
  if (node instanceof Blank) return `{{ ${text(node.of)} | toJson }}`;
  if (isList(node)) return node.length === 0 ? "[]" : undefined;
  if (typeof node === "object" && node !== null) return Object.keys(node).length === 0 ? "{}" : undefined;
  return scalar(node);
}

function text(blank: BlankKind): string {
  switch (blank.kind) {
    case "value":
      return expression(blank.path);
    case "text of":
      return `${expression(blank.path)} | toString`;
    case "joined":
      return `join ${JSON.stringify(blank.by)} ${expression(blank.path)}`;
    case "concatenated":
      return `list ${blank.parts.map((part) => (typeof part === "string" ? JSON.stringify(part) : `(${text(part.of)})`)).join(" ")} | join ""`;
    case "namespace":
      return "$.Release.Namespace";
    case "item":
      return "$item";
    case "item's":
      return `(splitn "." 2 $item)._${blank.part === "resource" ? 0 : 1} | default ""`;
    case "when":
    case "each":
    case "all of":
      throw new Error(`${blank.kind} stands where one value is expected`);
  }
}

function expression(path: Path): string {
  if (path.every((step) => /^\w+$/.test(step))) return `$.Values.${path.join(".")}`;
  return `(index $.Values ${path.map((step) => JSON.stringify(step)).join(" ")})`;
}

/** Words that are not strings in YAML 1.1, which Helm reads. */
const reserved = /^(true|false|yes|no|on|off|null|y|n)$/i;

function scalar(value: null | boolean | number | string): string {
  const plain = typeof value !== "string" || (/^[A-Za-z/][\w./-]*$/.test(value) && !reserved.test(value));
  const written = plain ? String(value) : JSON.stringify(value);
  return written.replaceAll("{{", '{{ "{{" }}');
}

function isList(node: Node): node is readonly Node[] {
  return Array.isArray(node);
}
