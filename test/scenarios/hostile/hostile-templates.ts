import type { KubeObject } from "../../../kit/kube/port.ts";
import { plugWith, socketWith } from "../../worlds/manifests.ts";

/** Templates made to hold everybody up, by what they try. */
export const hostileTemplates: readonly (readonly [string, "go" | "handlebars", { readonly [key: string]: string }])[] =
  [
    ["a number that is none", "go", { a: '{% floor (printf "%sx" (repeat 100000 "1")) %}' }],
    ["a constraint of spaces", "go", { a: '{% semverCompare (repeat 100000 " ") "1.0.0" %}' }],
    ["a line for each character", "go", { a: '{% wrapWith 1 (repeat 1000 "\\n") (repeat 100000 "x") %}' }],
    ["padding that is none", "go", { a: '{% b32dec (printf "%sA" (repeat 100000 "=")) %}' }],
    ["a way that goes up and down", "go", { a: '{% clean (print (repeat 50000 "a/") (repeat 20000 "x/../")) %}' }],
    ["patterns that grow", "go", { a: '{% regexMatch (repeat 140 "x{1000}") "x" %}' }],
    ["matches that look far", "go", { a: '{% regexFindAll "x[^y]*y|x" (repeat 100000 "x") -1 | len %}' }],
    [
      "a place for each moment",
      "go",
      { a: '{% range until 100000 %}{% dateInZone "MST" now "Asia/Tokyo" %}{% end %}' },
    ],
    ["a key in each leaf", "go", Object.fromEntries(leaves(40, '{% genPrivateKey "rsa" | len %}'))],
    ["a little in each leaf", "go", Object.fromEntries(leaves(400, "{% range 100000 %}{% end %}"))],
    ["aliases of aliases", "go", { a: `{% fromYaml ${JSON.stringify(aliases())} | len %}` }],
    ["many short lines", "handlebars", { a: "{{a}}\n".repeat(40_000) }],
    ["a fraction of many digits", "go", { a: '{% toDate (print "." (repeat 100000 "0")) "x" %}' }],
  ];

function leaves(count: number, template: string): readonly (readonly [string, string])[] {
  return Array.from({ length: count }, (_, index) => [`k${index}`, template] as const);
}

function aliases(): string {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 10; level += 1) {
    const former = Array(9)
      .fill(`*a${level - 1}`)
      .join(", ");
    lines.push(`a${level}: &a${level} [${former}]`);
  }
  return lines.join("\n");
}

/** A plug with these templates, and another of another namespace beside it. */
export function hostileManifests(
  engine: "go" | "handlebars",
  configTemplate: { readonly [key: string]: string },
): readonly KubeObject[] {
  const namespaces = ["s", "evil"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
  const socket = socketWith("sock", { config: { host: "h" } }, "s");
  const plug = (namespace: string, name: string, spec: object) =>
    plugWith(name, { socket: { name: "sock", namespace: "s" }, ...spec }, namespace);
  return [...namespaces, socket, plug("s", "victim", {}), plug("evil", "evil", { engine, configTemplate })];
}
