import type { InProcess, InProcessOptions } from "../../../../cli/operate/in-process.ts";
import { Forbidden, InvalidInput } from "../../../../kit/errors.ts";
import type { KubeRequest } from "../../../../kit/kube/intercept.ts";
import type { KubeObject } from "../../../../kit/kube/port.ts";
import type { MemoryClusterOptions } from "../../../../kit/memory/cluster.ts";
import { fakeApparatus } from "../../../scenarios/apparatus/fake-apparatus.ts";
import { apparatus, markReady, podKey } from "../../../scenarios/apparatus/pods.ts";
import { permissiveCrds } from "../../../scenarios/takeover/permissive-crds.ts";
import {
  configMapKey,
  jobKey,
  jobTemplate,
  plugWith,
  socketKey,
  socketWith,
  template,
} from "../../../worlds/manifests.ts";
import { apply, makeWorld, rest, start, type World } from "../../../worlds/worlds.ts";

/** One way in which a coupling does not work, and the words that its explanation needs. */
export interface Way {
  readonly name: string;
  readonly objects: readonly KubeObject[];
  readonly cluster?: Partial<MemoryClusterOptions>;
  readonly running?: () => Partial<InProcessOptions>;
  /** Before the objects are applied. */
  readonly before?: (world: World) => Promise<void> | void;
  /** After the world came to rest the first time. */
  readonly later?: (world: World, running: InProcess) => Promise<void>;
  readonly plug?: { readonly namespace: string; readonly name: string };
  /** What the second line names: the cause. */
  readonly cause: readonly string[];
  /** What the third line names: the party, and its action. */
  readonly turn: readonly string[];
  readonly reason: string;
}

const socket = socketWith("pg");

function touches(name: string): (request: KubeRequest) => boolean {
  return (request) => request.write && request.name === name;
}

const always = Number.POSITIVE_INFINITY;

const required = { config: { plug: { url: { required: true } } } };

async function edit({ cluster, clock }: World, running: InProcess, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const object = { ...configMapKey("app", "mine"), metadata: { namespace: "app", name: "mine" } };
    await cluster.kube.apply(
      { apiVersion: "v1", kind: "ConfigMap", metadata: object.metadata, data: { a: String(time) } },
      { fieldManager: "rival", force: true },
    );
    await rest({ clock }, running);
  }
}

export const ways: readonly Way[] = [
  {
    name: "a var reads a field that does not exist",
    objects: [
      socket,
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web", namespace: "app" },
        spec: { ports: [{ port: 80 }] },
      },
      plugWith("web", {
        vars: [
          {
            name: "ip",
            objref: { apiVersion: "v1", kind: "Service", name: "web" },
            fieldref: { fieldPath: "spec.nope" },
          },
        ],
      }),
    ],
    reason: "InvalidConfig",
    cause: ["spec.nope in Service app/web", "plug spec.vars[0] (ip)"],
    turn: ["the owner of plug app/web", "Provide what the message names"],
  },
  {
    name: "a Secret is missing",
    objects: [socket, plugWith("web", { configSecretName: "login" })],
    reason: "InvalidConfig",
    cause: ["Secret app/login", "spec.configSecretName"],
    turn: ["the owner of plug app/web", "Create Secret app/login"],
  },
  {
    name: "the service account lacks a right",
    cluster: { rbac: true },
    objects: [socket, plugWith("web", { resources: [{ template: template("mine") }] })],
    reason: "Forbidden",
    cause: ["system:serviceaccount:app:default", "cannot patch", "configmaps"],
    turn: ["the owner of plug app/web", "Grant service account app/default"],
  },
  {
    name: "the socket is full",
    before: (world) => apply(world.cluster.kube, plugWith("zero")),
    objects: [socketWith("pg", { limit: 1 }), plugWith("web")],
    reason: "SocketFull",
    cause: ["Socket db/pg is full (limit 1)"],
    turn: ["the owner of socket db/pg", "Raise spec.limit", "or wait"],
  },
  {
    name: "a template has an error",
    objects: [
      socket,
      plugWith("web", { resources: [{ template: template("mine", { a: "{% .plugConfig.x | nope %}" }) }] }),
    ],
    reason: "TemplateError",
    cause: ["spec.resources[0].template.data.a, line 1, column 20", 'function "nope" not defined'],
    turn: ["the owner of plug app/web", "Edit the template"],
  },
  {
    name: "the apparatus does not answer",
    objects: [socket, plugWith("web", { apparatus })],
    running: () => ({ apparatus: Object.assign(fakeApparatus(), { down: true }) }),
    later: ({ cluster }) => markReady(cluster.kube, podKey("web-apparatus")),
    reason: "Unavailable",
    cause: ["web-apparatus.app.svc/ping cannot be reached"],
    turn: ["Plugboard's", "retries automatically", "the owner of plug app/web must check its apparatus"],
  },
  {
    name: "the socket refuses the namespace",
    objects: [socketWith("pg", { validation: { namespaceWhitelist: ["shop"] } }), plugWith("web")],
    reason: "NamespaceDenied",
    cause: ["namespace app is not on the socket's whitelist"],
    turn: ["the owner of socket db/pg", "Admit namespace app in spec.validation"],
  },
  {
    name: "another client changes an applied object again and again",
    objects: [socket, plugWith("web", { resources: [{ template: template("mine", { a: "ours" }) }] })],
    later: (world, running) => edit(world, running, 7),
    reason: "Contested",
    cause: ["ConfigMap app/mine (last changed by rival)"],
    turn: ["the owner of plug app/web", "Stop the client"],
  },
  {
    name: "a CRD is missing",
    objects: [
      socketWith("pg", {
        resources: [{ template: { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w" } } }],
      }),
      plugWith("web"),
    ],
    reason: "KindNotServed",
    cause: ["does not serve kind Widget in example.com/v1"],
    turn: ["the cluster's administrator", "Install the CRD"],
  },
  {
    name: "the socket is gone",
    objects: [socket, plugWith("web")],
    later: async ({ cluster }) => void (await cluster.kube.delete(socketKey("pg"))),
    reason: "SocketNotCreated",
    cause: ["Socket db/pg does not exist"],
    turn: ["the owner of socket db/pg", "Create socket db/pg"],
  },
  {
    name: "a Job of the socket failed",
    objects: [
      socketWith("pg", {
        resources: [{ template: jobTemplate("make", "hi") }],
        resultVars: [
          {
            name: "done",
            objref: { apiVersion: "batch/v1", kind: "Job", name: "make" },
            fieldref: { fieldPath: "status.succeeded" },
          },
        ],
      }),
      plugWith("web"),
    ],
    later: async ({ cluster: { kube } }) => {
      const job = await kube.get(jobKey("db", "make"));
      if (job !== undefined)
        await kube.replaceStatus({
          ...job,
          status: { failed: 1, conditions: [{ type: "Failed", status: "True", reason: "BackoffLimitExceeded" }] },
        });
    },
    reason: "ResultPending",
    cause: ["status.succeeded in Job db/make", "Job db/make has failed (BackoffLimitExceeded)"],
    turn: ["the owner of socket db/pg", "kubectl logs -n db job/make"],
  },
  {
    name: "a policy rejects an object",
    objects: [socket, plugWith("web", { resources: [{ template: template("mine") }] })],
    before: ({ cluster }) =>
      cluster.faults.failNext(
        always,
        new InvalidInput("the API server answered 422 (Invalid)", {
          request: "apply ConfigMap app/mine",
          quote: "ValidatingAdmissionPolicy 'teams' denied request: label team is required",
          verdict: { code: 422, reason: "Invalid", fields: ["metadata.labels"] },
        }),
        touches("mine"),
      ),
    reason: "Rejected",
    cause: ["ConfigMap app/mine", "label team is required"],
    turn: ["the owner of plug app/web", "change the policy"],
  },
  {
    name: "a quota is used up",
    objects: [socket, plugWith("web", { resources: [{ template: template("mine") }] })],
    before: ({ cluster }) =>
      cluster.faults.failNext(
        always,
        new Forbidden("the API server answered 403 (Forbidden)", {
          request: "apply ConfigMap app/mine",
          quote: "exceeded quota: small, requested: configmaps=1, used: configmaps=2, limited: configmaps=2",
        }),
        touches("mine"),
      ),
    reason: "Forbidden",
    cause: ["exceeded quota: small"],
    turn: ["the owner of plug app/web", "raise the quota"],
  },
  {
    name: "the plug is paused",
    objects: [socket, annotated(plugWith("web"), { "integration.rock8s.com/paused": "until Monday" })],
    reason: "Paused",
    cause: ["The plug is paused (until Monday)"],
    turn: ["the owner of plug app/web", "kubectl annotate plug web -n app integration.rock8s.com/paused-"],
  },
  {
    name: "the socket is paused",
    objects: [annotated(socket, { "integration.rock8s.com/paused": "true" }), plugWith("web")],
    reason: "Paused",
    cause: ["The socket is paused"],
    turn: ["the owner of socket db/pg", "kubectl annotate socket pg -n db integration.rock8s.com/paused-"],
  },
  {
    name: "the interface does not fit",
    objects: [
      socketWith("pg", { interface: { name: "postgres", version: "2.0.0" } }),
      plugWith("web", { interface: { name: "postgres", version: "1.x" } }),
    ],
    reason: "InterfaceMismatch",
    cause: ["requires interface version 1.x", "offers 2.0.0"],
    turn: ["the owner of plug app/web", "postgres 2.0.0"],
  },
  {
    name: "a required result is missing",
    objects: [socketWith("pg", { interface: { result: { socket: { host: { required: true } } } } }), plugWith("web")],
    reason: "ResultPending",
    cause: ["socket's result lacks host"],
    turn: ["the owner of socket db/pg", "Provide what the message names"],
  },
  {
    name: "what the templates render is too large",
    objects: [
      socket,
      plugWith("web", { resources: [{ template: template("mine", { a: '{% repeat 3000000 "x" %}' }) }] }),
    ],
    reason: "TooLarge",
    cause: ["ConfigMap app/mine", "Too long"],
    turn: ["the owner of plug app/web", "smaller"],
  },
  {
    name: "the namespace is not served",
    objects: [socket, plugWith("web", {}, "kube-system")],
    plug: { namespace: "kube-system", name: "web" },
    reason: "NotServed",
    cause: ["does not serve namespace kube-system"],
    turn: ["the cluster's administrator", "Use another namespace"],
  },
  {
    name: "the stored plug does not match its CRD",
    objects: [socket, plugWith("web", { config: { url: 7 } })],
    before: ({ cluster }) => cluster.load(permissiveCrds(true)),
    reason: "InvalidInput",
    cause: ["spec.config.url: expected a string"],
    turn: ["the owner of plug app/web", "Edit the field"],
  },
  {
    name: "the plug lacks a value that the interface requires",
    objects: [socketWith("pg", { interface: required }), plugWith("web")],
    reason: "InvalidConfig",
    cause: ["plug's config lacks url"],
    turn: ["the owner of plug app/web", "Provide what the message names"],
  },
];

function annotated(object: KubeObject, annotations: { readonly [key: string]: string }): KubeObject {
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** Lives through it, in memory. */
export async function livedThrough(way: Way): Promise<World> {
  const world = await makeWorld(way.cluster);
  await way.before?.(world);
  const running = await start(world, way.running?.());
  await world.clock.advance(2_000);
  await apply(world.cluster.kube, ...way.objects);
  await rest(world, running);
  if (way.later !== undefined) {
    await way.later(world, running);
    await rest(world, running);
  }
  await running.stop();
  return world;
}
