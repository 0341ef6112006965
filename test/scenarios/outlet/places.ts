import { disguises, secrets } from "./secrets.ts";

/** A place of a coupling where something made of a secret is put; `value` is an expression of a template. */
type Place = (value: string) => { readonly plug?: object; readonly socket?: object };

const config = (key: string): string => `.plugConfig.${key}`;
const map = (fields: object): object => ({ apiVersion: "v1", kind: "ConfigMap", ...fields });
const resource = (fields: object) => ({ plug: { resources: [fields] } });
const of = (fields: object) => resource({ template: map(fields) });
const print = (value: string): string => `{% ${value} %}`;

/** So that each plug has objects of its own. */
const name = "{% .plug.metadata.name %}";

const places: { readonly [name: string]: Place } = {
  value: (value) => of({ metadata: { name }, data: { a: print(value) } }),
  "value in text": (value) => of({ metadata: { name }, data: { a: `user=me password=${print(value)};` } }),
  key: (value) => of({ metadata: { name }, data: { [print(value)]: "x" } }),
  "key above a failing value": (value) =>
    of({ metadata: { name }, data: { [print(value)]: '{% fail "below" %}', other: "{% .plugConfig.none.x %}" } }),
  "keys that are the same": (value) => of({ metadata: { name }, data: { [print(value)]: "x", [`{%${value}%}`]: "y" } }),
  label: (value) => of({ metadata: { name, labels: { a: print(value) } } }),
  "label's key": (value) => of({ metadata: { name, labels: { [print(value)]: "a" } } }),
  "annotation's key": (value) => of({ metadata: { name, annotations: { [`${print(value)}/${print(value)}`]: "a" } } }),
  finalizer: (value) => of({ metadata: { name, finalizers: [print(value)] } }),
  apiVersion: (value) => resource({ template: { apiVersion: print(value), kind: "Foo", metadata: { name } } }),
  kind: (value) => resource({ template: { apiVersion: "v1", kind: print(value), metadata: { name } } }),
  namespace: (value) => of({ metadata: { name, namespace: print(value) } }),
  "wrong type": (value) => of({ metadata: { name }, data: { a: [print(value)] } }),
  "metadata that is text": (value) => of({ metadata: print(value) }),
  "no object": (value) => resource({ stringTemplate: print(value) }),
  "a list": (value) => resource({ stringTemplate: `- ${print(value)}` }),
  "text that is no YAML": (value) => resource({ stringTemplate: `a: [${print(value)}\nb: c` }),
  "YAML value": (value) => resource({ stringTemplate: yaml(`  a: ${print(value)}`) }),
  "YAML key": (value) => resource({ stringTemplate: yaml(`  ${print(value)}: a`) }),
  "YAML key twice": (value) => resource({ stringTemplate: yaml(`  ${print(value)}: a\n  ${print(value)}: b`) }),
  "YAML kind": (value) =>
    resource({ stringTemplate: `apiVersion: v1\nkind: ${print(value)}\nmetadata: {name: "${name}"}` }),
  "YAML tag": (value) => resource({ stringTemplate: yaml(`  a: !!int "${print(value)}"`) }),
  "within what toYaml prints": (value) =>
    resource({ stringTemplate: yaml(`  {% toYaml (dict "a" (dict "b" ${value}) ${value} "c") | nindent 2 %}`) }),
  "all that toYaml prints": (value) =>
    resource({
      stringTemplate: `{% toYaml (dict "apiVersion" "v1" "kind" ${value} "metadata" (dict "name" .plug.metadata.name)) %}`,
    }),
  "a choice": (value) => resource({ stringTemplate: yaml(`  a: {% if ${value} %}{% fail ${value} %}{% end %}`) }),
  "an entry that is not there": (value) => of({ metadata: { name }, data: { a: `{% index (dict "a" 1) ${value} %}` } }),
  "an argument of the wrong type": (value) => of({ metadata: { name }, data: { a: `{% add1 ${value} | first %}` } }),
  handlebars: () => ({
    plug: {
      resources: [
        {
          engine: "handlebars",
          template: map({ metadata: { name: "{{plug.metadata.name}}", labels: { a: "{{plugConfig.quotes}}" } } }),
        },
      ],
    },
  }),
  Secret: (value) =>
    resource({ template: { apiVersion: "v1", kind: "Secret", metadata: { name }, data: { a: `${print(value)}!` } } }),
  Job: (value) =>
    resource({
      do: "recreate",
      template: { apiVersion: "batch/v1", kind: "Job", metadata: { name, labels: { a: `${print(value)}!` } } },
    }),
  "what decouples": (value) =>
    resource({ when: ["decoupled"], template: map({ metadata: { name, labels: { a: print(value) } } }) }),
  result: (value) => ({ plug: { resultTemplate: { a: `{% fail ${value} %}` } } }),
  "result's resource": (value) => ({
    plug: {
      resultTemplate: { a: print(value) },
      resultResources: [{ template: map({ metadata: { name }, data: { "{% .result.a %}": [1] } }) }],
    },
  }),
  "result's name": (value) => ({
    plug: {
      resultTemplate: { a: print(value) },
      resultResources: [{ template: map({ metadata: { name: "{% .result.a %}" } }) }],
    },
  }),
  "config template": (value) => ({
    plug: { configTemplate: { a: `{% fail ${value.replaceAll("plugConfig", "plugData")} %}` } },
  }),
  var: (value) => ({
    plug: {
      vars: [
        { name: "a", objref: { apiVersion: "v1", kind: "ConfigMap", name: "none" }, fieldref: { fieldPath: value } },
      ],
    },
  }),
};

function yaml(data: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "${name}"\ndata:\n${data}\n`;
}

export interface Case {
  readonly name: string;
  readonly plug: object;
}

/** Each place with each secret, each time made into something else. */
export function cases(shift: number): readonly Case[] {
  const keys = Object.keys(secrets);
  return Object.entries(places).flatMap(([place, put], at) =>
    keys.map((key, index) => {
      const disguise = disguises[(at + index + shift) % disguises.length];
      const { plug = {} } = put(disguise?.(config(key)) ?? config(key));
      return { name: `${place.replaceAll(/[^a-zA-Z]/g, "-").toLowerCase()}-${key}`, plug };
    }),
  );
}
