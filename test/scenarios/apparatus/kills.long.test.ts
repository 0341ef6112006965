import { describe, expect, test } from "@jest/globals";
import type { InProcess } from "../../../cli/operate/in-process.ts";
import { Unavailable } from "../../../kit/errors.ts";
import { deathAt, type Intercept, interceptedKube } from "../../../kit/kube/intercept.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { conditionOf } from "../../worlds/looks.ts";
import { plugKey, plugWith, socketKey, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start } from "../../worlds/worlds.ts";
import { fakeApparatus } from "./fake-apparatus.ts";

// Takes its time: it lives each life many times over.

/** How a process dies: at a write, or while an apparatus hears a call. */
interface Dying {
  readonly intercept: Intercept;
  readonly died: () => boolean;
  /** Told of each call that an apparatus hears. */
  readonly heard: (count: number) => void;
}

interface Life {
  readonly died: boolean;
  /** `event key` of every hook in order, those after a death included. */
  readonly hooks: readonly string[];
  readonly said: string | undefined;
  readonly left: readonly string[];
  readonly broken: readonly unknown[];
}

const service = (name: string, namespace: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace },
  spec: { selector: { app: name }, ports: [{ port: 80 }] },
});
const made = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "made" }, data: { v: "{% .plugConfig.v %}" } };
const resources = [{ template: made }];
const plug = (v: string) => plugWith("shop", { apparatus: { endpoint: "http://hooks" }, config: { v }, resources });

async function live(dying: Dying): Promise<Life> {
  const world = await makeWorld();
  const { kube } = world.cluster;
  const fake = fakeApparatus();
  const uids = new Map<string, string>();
  fake.answer = (_, response) => {
    dying.heard(fake.calls.length);
    response.end("{}");
  };
  const first = await start(world, { kube: interceptedKube(kube, dying.intercept), apparatus: fake, failed: () => {} });
  let running: InProcess = first;
  const survive = async (): Promise<void> => {
    await rest(world, running);
    if (!dying.died() || running !== first) return;
    void first.stop();
    running = await start(world, { holder: "two", apparatus: fake });
    await world.clock.advance(80_000);
    await rest(world, running);
  };
  await apply(kube, service("hooks", "app"), service("hooks", "db"));
  await apply(kube, socketWith("pg", { apparatus: { endpoint: "http://hooks" }, resources }), plug("1"));
  await survive();
  for (const key of [plugKey("shop"), socketKey("pg")]) uids.set((await kube.get(key))?.metadata.uid ?? "", key.kind);
  await apply(kube, plug("2"));
  await survive();
  const { status: said } = conditionOf(await kube.get(plugKey("shop")), "Ready");
  await kube.delete(plugKey("shop"));
  await kube.delete(socketKey("pg"));
  await survive();
  const left = world.cluster.objects().filter(({ kind }) => ["Plug", "Socket", "ConfigMap"].includes(kind));
  await running.stop();
  const hooks = fake.calls
    .filter(({ path }) => path !== "/config")
    .map(({ path, headers }) =>
      [...uids].reduce((text, [uid, kind]) => text.replace(uid, kind), `${path} ${headers["idempotency-key"]}`),
    );
  return {
    died: dying.died(),
    hooks,
    said,
    left: left.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    broken: world.broken,
  };
}

const whole = [
  "/created Plug.created",
  "/created Socket.created",
  "/coupled Plug.Socket.1.plug.coupled",
  "/coupled Plug.Socket.1.socket.coupled",
  "/updated Plug.Socket.2.plug.updated",
  "/updated Plug.Socket.2.socket.updated",
  "/decoupled Plug.Socket.2.plug.decoupled",
  "/decoupled Plug.Socket.2.socket.decoupled",
  "/deleted Plug.deleted",
  "/deleted Socket.deleted",
];
/** How many calls were repeated: those of the plug's stages, and those of the socket's. A process works on one stage of each at a time. */
function againBy({ hooks }: Life): readonly number[] {
  const again = hooks.filter((hook, index) => hooks.indexOf(hook) !== index);
  const socket = again.filter((hook) => hook.includes(" Socket.")).length;
  return [again.length - socket, socket];
}

const undying: Dying = { intercept: (_, perform) => perform(), died: () => false, heard: () => {} };

describe("hooks of a process that dies", () => {
  test("are called once each where it lives, every revision with a key of its own", async () => {
    const { hooks, said, left } = await live(undying);
    expect([...hooks].sort()).toEqual([...whole].sort());
    expect({ said, left }).toEqual({ said: "True", left: [] });
  });

  test("while an apparatus hears one, are called again with the same key, and those on record are not", async () => {
    for (let call = 1, died = true; died; call += 1) {
      const death = { now: false };
      const life = await live({
        intercept: async (request, perform) => {
          if (death.now) throw new Unavailable(`the process is dead at ${request.verb}`);
          return perform();
        },
        died: () => death.now,
        heard: (count) => {
          if (count === call) death.now = true;
        },
      });
      died = life.died;
      expect({ call, hooks: [...new Set(life.hooks)].sort() }).toEqual({ call, hooks: [...whole].sort() });
      expect(Math.max(...againBy(life))).toBeLessThanOrEqual(1);
      expect({ call, said: life.said, left: life.left, broken: life.broken }).toEqual({
        call,
        said: "True",
        left: [],
        broken: [],
      });
    }
  });

  test("at any write, are called again at most where their answer was not on record yet", async () => {
    for (let write = 1, died = true; died; write += 1) {
      const death = deathAt(write, "after");
      const life = await live({ intercept: death.intercept, died: death.died, heard: () => {} });
      died = life.died;
      expect({ write, hooks: [...new Set(life.hooks)].sort() }).toEqual({
        write,
        hooks: [...whole].sort(),
      });
      expect(Math.max(...againBy(life))).toBeLessThanOrEqual(1);
      expect({ write, said: life.said, left: life.left }).toEqual({ write, said: "True", left: [] });
    }
  });
});
