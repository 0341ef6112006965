import { readFileSync } from "node:fs";
import { printYaml } from "../show/print-objects.ts";
import { isFields, type Plain, type PlainFields } from "./blueprint/evaluate.ts";
import { helmText } from "./blueprint/helm-text.ts";
import type { Descriptor } from "./descriptor.ts";
import { sections } from "./manifests.ts";
import { newerKubernetes, openFunctions } from "./render.ts";
import { descriptionOf } from "./values/descriptions.ts";
import { choices, defaultValues, patterns } from "./values/values.ts";

/** The Helm chart as texts by path: its templates are the manifests with their holes left open. */
export function chartFiles(descriptor: Descriptor): ReadonlyMap<string, string> {
  const values = defaultValues(descriptor);
  const templates = sections(descriptor).map(
    ({ name, documents }) => [`templates/${name}.yaml`, helmText(documents)] as const,
  );
  return new Map([
    ["Chart.yaml", chartYaml()],
    ["values.yaml", `${valuesHead}${valuesText(values)}`],
    ["values.schema.json", `${JSON.stringify(valuesSchema(values), undefined, 2)}\n`],
    ["templates/NOTES.txt", notes],
    // A section that has nothing but what Helm leaves out is no template.
    ...templates.filter(([, text]) => text.trim() !== ""),
  ]);
}

function chartYaml(): string {
  const { version, description } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return printYaml({
    apiVersion: "v2",
    name: "plugboard",
    description,
    type: "application",
    version,
    appVersion: version,
    kubeVersion: ">=1.30.0-0",
    keywords: ["integration", "operator", "serverless", "knative"],
  });
}

const valuesHead = "# Made by `npm run generate`: what may be chosen, and what is chosen otherwise.\n";

function valuesText(values: PlainFields, before: readonly string[] = []): string {
  const margin = "  ".repeat(before.length);
  return Object.entries(values)
    .map(([name, value]) => {
      const path = [...before, name];
      const description = descriptionOf(path.join("."));
      const comment = description === "" ? "" : `${margin}# ${description}\n`;
      if (description === "" && isFields(value)) return `${margin}${name}:\n${valuesText(value, path)}`;
      const text = printYaml({ [name]: value }).trimEnd();
      return `${comment}${text.replaceAll(/^/gm, margin)}\n`;
    })
    .join("");
}

/** Of the kinds that the usual values are; no others, so that a slip of the pen is told. */
function valuesSchema(values: PlainFields): PlainFields {
  return { $schema: "http://json-schema.org/draft-07/schema#", ...schemaOf(values, []) };
}

function schemaOf(value: Plain, path: readonly string[]): PlainFields {
  const description = descriptionOf(path.join("."));
  const described = description === "" ? {} : { description };
  const chosen = choices[path.join(".")];
  if (chosen !== undefined) return { ...described, enum: [...chosen] };
  const pattern = patterns[path.join(".")];
  const items = pattern === undefined ? {} : { items: { type: "string", pattern } };
  if (Array.isArray(value)) return { ...described, type: "array", ...items };
  if (!isFields(value)) return { ...described, type: typeOf(value) };
  if (description !== "") return { ...described, type: "object" };
  const properties = Object.entries(value).map(([name, child]) => [name, schemaOf(child, [...path, name])] as const);
  // Helm adds `global` to the values of every chart.
  const own = path.length === 0 ? [...properties, ["global", { type: "object" }] as const] : properties;
  return { type: "object", additionalProperties: false, properties: Object.fromEntries(own) };
}

function typeOf(value: Plain): string {
  return typeof value === "number" ? "integer" : typeof value;
}

const notes = `Plugboard {{ .Chart.AppVersion }} is in namespace {{ .Release.Namespace }}, as {{ .Values.target }}.

{{- if eq .Values.target "knative" }}

Its functions scale to zero; the source stands:
  kubectl get kservice,trigger,broker -n {{ .Release.Namespace }}
  kubectl rollout status deployment/plugboard-source -n {{ .Release.Namespace }}
{{- else }}

  kubectl rollout status deployment/plugboard -n {{ .Release.Namespace }}
{{- end }}

{{- if and (eq .Values.target "knative") (not .Values.oidc.audience) }}

${openFunctions}
{{- end }}

{{- if and (eq .Values.impersonation.mode "constrained") (semverCompare "<1.36.0-0" .Capabilities.KubeVersion.Version) }}

${newerKubernetes}
Until then Plugs wait with Forbidden: this cluster is Kubernetes {{ .Capabilities.KubeVersion.Version }}.
{{- end }}

{{- if .Values.guard.enabled }}

The API server lets only Plugboard write the status of Plugs and Sockets and change its finalizer. Remove this guard before you go back to integration-operator.
{{- end }}

{{- if .Values.config.namespaces }}

It serves {{ join ", " .Values.config.namespaces }} and no other namespace.
{{- end }}

Plugs and sockets, and what they wait for:
  kubectl get plugs,sockets --all-namespaces

Before you uninstall it: what plugs applied goes with them, and their finalizers need Plugboard. \`plugboard uninstall\` lets go of
everything; the CRDs stay, and with them every plug and socket, until you delete them.
`;
