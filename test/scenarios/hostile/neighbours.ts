import getPort from "get-port";
import { stageNames } from "../../../crds/stage-names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { plugWith, socketWith } from "../../worlds/manifests.ts";
import { says, servedPort, startProcess } from "../chain/processes.ts";
import { hostileTemplates } from "./hostile-templates.ts";

/** The ways of running in which one process has all stages of all namespaces. */
export const ways = ["run", "serve"] as const;
export type Way = (typeof ways)[number];

export type KubeconfigOf = (account: "plugboard" | "plugboard-source") => string;

/** Starts Plugboard as one process, or as functions of one process with a broker and a source before them; answers once it knows what is there. */
export async function startPlugboard(way: Way, kubeconfigOf: KubeconfigOf): Promise<void> {
  const as = ["--kubeconfig", kubeconfigOf("plugboard")];
  if (way === "run") {
    await startProcess(["run", ...as, "--listen", "127.0.0.1:0"], says("synced"));
    return;
  }
  const functions = await startProcess(
    ["serve", "--all", ...as, "--port", "0", "--host", "127.0.0.1"],
    says("serving"),
  );
  const port = await getPort();
  const subscribers = stageNames.flatMap((stage) => [
    "--subscriber",
    `${stage}=http://127.0.0.1:${servedPort(functions)}/`,
  ]);
  await startProcess(["dev", "--broker-port", String(port), ...subscribers], (line) => line.includes("broker listens"));
  const sink = `http://127.0.0.1:${port}/plugboard/default`;
  const source = ["--kubeconfig", kubeconfigOf("plugboard-source"), "--listen", "127.0.0.1:0"];
  await startProcess(["source", "--sink", sink, ...source], says("synced"));
}

const open = { config: { host: "h" } };

/** A socket that couples whoever comes. */
export function socket(namespace: string, spec: object = open): KubeObject {
  return socketWith("sock", spec, namespace);
}

/** A plug at the socket of a namespace. */
export function plug(namespace: string, name: string, spec: object = {}, at: string = namespace): KubeObject {
  return plugWith(name, { socket: { name: "sock", namespace: at }, ...spec }, namespace);
}

const many = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** A template that takes all the units that a stage has. */
export const endless = "{% range 2000000 %}{% end %}";

function configMap(namespace: string, name: string, data: object): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data };
}

function varsOf(name: string, count: number, fieldPath: string): readonly object[] {
  return many(count, (index) => ({
    name: `v${index}`,
    objref: { apiVersion: "v1", kind: "ConfigMap", name },
    fieldref: { fieldPath },
  }));
}

type Hostile = (namespace: string) => readonly KubeObject[];

/** What one tenant may write to hold up others, by what it tries. */
export const hostileInputs: readonly (readonly [string, Hostile])[] = [
  ...hostileTemplates.map(([name, engine, configTemplate]): readonly [string, Hostile] => [
    name,
    (namespace) => [socket(namespace), plug(namespace, "evil", { engine, configTemplate })],
  ]),
  [
    "thirty plugs that take all units",
    (namespace) => [
      socket(namespace),
      ...many(30, (index) => plug(namespace, `evil-${index}`, { configTemplate: { a: endless } })),
    ],
  ],
  [
    "a large Secret beside many templated strings",
    (namespace) => [
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "large", namespace },
        stringData: Object.fromEntries(many(25, (index) => [`k${index}`, `${index}`.padEnd(10_000, "p4ssw0rd")])),
      },
      socket(namespace),
      plug(namespace, "evil", {
        dataSecretName: "large",
        resources: many(5, (index) => ({
          template: {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: `made-${index}` },
            data: Object.fromEntries(many(200, (key) => [`k${key}`, "{% .plug.metadata.name %}"])),
          },
        })),
      }),
    ],
  ],
  [
    "errors beside a large Secret",
    (namespace) => [
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "large", namespace },
        stringData: { text: "p4ssw0rd".repeat(30_000) },
      },
      socket(namespace),
      plug(namespace, "evil", {
        dataSecretName: "large",
        configTemplate: Object.fromEntries(many(1_000, (index) => [`k${index}`, "{% .plugData.none %}"])),
      }),
    ],
  ],
  [
    "a thousand vars on one large text",
    (namespace) => [
      configMap(namespace, "large", { text: "x".repeat(900_000) }),
      socket(namespace),
      plug(namespace, "evil", { vars: varsOf("large", 1_000, "data.text") }),
    ],
  ],
  [
    "field paths that compare much",
    (namespace) => [
      configMap(namespace, "large", { text: "x".repeat(900_000) }),
      socket(namespace),
      plug(namespace, "evil", { vars: varsOf("large", 1_000, 'metadata.managedFields.#(manager%"*a*b*c*d")') }),
    ],
  ],
  [
    "a list of ten thousand names",
    (namespace) => [
      socket(namespace, { validation: { namespaceWhitelist: many(10_000, (index) => `team-${index}`) } }),
      ...many(50, (index) => plug(namespace, `evil-${index}`)),
    ],
  ],
  [
    "patterns that grow",
    (namespace) => [
      socket(namespace, { validation: { namespaceWhitelist: many(140, (index) => `^x{1000}${index}`) } }),
      ...many(50, (index) => plug(namespace, `evil-${index}`)),
    ],
  ],
  [
    "three hundred plugs",
    (namespace) => [
      socket(namespace),
      ...many(300, (index) => plug(namespace, `evil-${index}`, { configTemplate: { a: '{% repeat 1000 "x" %}' } })),
    ],
  ],
];
