import { parsePlug } from "../../../crds/plug/parse.ts";
import type { Plug } from "../../../crds/plug/plug.generated.ts";
import { parseSocket } from "../../../crds/socket/parse.ts";
import type { Socket } from "../../../crds/socket/socket.generated.ts";
import type { KubeObject, ObjectKey } from "../../../kit/kube/port.ts";
import { configMapKey, plugKey, secretKey, socketKey } from "../../worlds/manifests.ts";
import type { Life } from "./life.ts";

export async function there(life: Life, key: ObjectKey): Promise<KubeObject> {
  const object = await life.kube.get(key);
  if (object === undefined) throw new Error(`there is no ${key.kind} ${key.namespace}/${key.name}`);
  return object;
}

export async function plugIn(life: Life, name = "web"): Promise<Plug> {
  return parsePlug(await there(life, plugKey(name, life.app)));
}

export async function socketIn(life: Life, name = "db"): Promise<Socket> {
  return parseSocket(await there(life, socketKey(name, life.db)));
}

/** The data of a ConfigMap; undefined where there is none. */
export async function dataOf(life: Life, namespace: string, name: string): Promise<unknown> {
  const object = await life.kube.get(configMapKey(namespace, name));
  return object === undefined ? undefined : (object["data"] ?? {});
}

/** The data of a Secret, decoded; undefined where there is none. */
export async function secretsIn(life: Life, namespace: string, name: string): Promise<unknown> {
  const object = await life.kube.get(secretKey(namespace, name));
  if (object === undefined) return undefined;
  const entries = Object.entries((object["data"] ?? {}) as { readonly [key: string]: string });
  return Object.fromEntries(entries.map(([key, text]) => [key, Buffer.from(text, "base64").toString()]));
}

/** What a condition of a plug says: `True Reason: message`. */
export function says({ status }: Plug | Socket, type: string): string {
  const found = (status?.conditions ?? []).find((one) => one.type === type);
  return found === undefined ? "nothing" : `${found.status} ${found.reason}: ${found.message}`;
}

export async function ready(life: Life, name = "web"): Promise<string> {
  return says(await plugIn(life, name), "Ready");
}

export function isCoupledPlug(plug: Plug): boolean {
  return says(plug, "Coupled").startsWith("True CouplingSucceeded") && says(plug, "Ready").startsWith("True");
}

/** Until the plug says that it is coupled, and nothing is on its way. */
export async function untilCoupled(life: Life, name = "web"): Promise<Plug> {
  await life
    .until(`plug ${name} coupled`, async () => isCoupledPlug(await plugIn(life, name)))
    .catch(async (cause) => {
      throw new Error(`${cause instanceof Error ? cause.message : cause}; it says ${await ready(life, name)}`);
    });
  await life.rest();
  return plugIn(life, name);
}

/** Until its Ready condition holds these words, and nothing is on its way. */
export async function untilReadySays(life: Life, words: string | RegExp, name = "web"): Promise<Plug> {
  const matches = (text: string) => (typeof words === "string" ? text.includes(words) : words.test(text));
  await life
    .until(`plug ${name} saying ${words}`, async () => matches(await ready(life, name)))
    .catch(async (cause) => {
      throw new Error(`${cause instanceof Error ? cause.message : cause}; it says ${await ready(life, name)}`);
    });
  await life.rest();
  return plugIn(life, name);
}

/** Until a ConfigMap holds this, and nothing is on its way. */
export async function untilData(life: Life, namespace: string, name: string, data: unknown): Promise<void> {
  await life.until(
    `ConfigMap ${namespace}/${name} holding ${JSON.stringify(data)}`,
    async () => JSON.stringify(await dataOf(life, namespace, name)) === JSON.stringify(data),
  );
  await life.rest();
}

export async function gone(life: Life, key: ObjectKey): Promise<void> {
  await life.until(
    `${key.kind} ${key.namespace}/${key.name} gone`,
    async () => (await life.kube.get(key)) === undefined,
  );
  await life.rest();
}
