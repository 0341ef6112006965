import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type InProcess, startInProcess } from "../../../../cli/operate/in-process.ts";
import { systemClock } from "../../../../kit/clock.ts";
import type { LiveKube } from "../../../../kit/live/live-kube.ts";
import { sharedApiServer } from "../../../api-server/api-server.ts";
import { freshOperatorNamespace } from "../../../api-server/identities.ts";
import { connectTo, openNamespace } from "../../../api-server/live-ground.ts";
import { plugWith, secret, socketWith, template } from "../../../worlds/manifests.ts";
import { type Ran, typed } from "../../terminal.ts";

const server = sharedApiServer();
const namespace = `explain-${crypto.randomUUID().slice(0, 8)}`;
const user = `reader-of-${namespace}`;
const socket = { name: "pg", namespace };
let kube: LiveKube;
let plugboard: InProcess;
let operatorNamespace: string;
let readerPath: string;

beforeAll(async () => {
  kube = await connectTo(server, "plugboard");
  operatorNamespace = await freshOperatorNamespace(kube);
  await openNamespace(kube, namespace);
  await server.run(["create", "role", "plugs", "--verb=get", "--resource=plugs", "-n", namespace]);
  await server.run(["create", "rolebinding", "plugs", "--role=plugs", `--user=${user}`, "-n", namespace]);
  readerPath = (await server.asUser(user)).kubeconfigPath;
  plugboard = await startInProcess({
    kube,
    clock: systemClock,
    holder: "explained",
    operatorNamespace,
    namespaces: [namespace],
  });
  await plugboard.source.synced;
  const resources = [{ template: template("made", { text: "{% .plugConfig.nope %}" }) }];
  await server.apply([
    socketWith("pg", {}, namespace),
    secret(namespace, "login", { password: "hunter2-hunter2" }),
    plugWith("web", { socket, configSecretName: "login", resources }, namespace),
    plugWith("waits", { socket, configSecretName: "nowhere" }, namespace),
  ]);
  await server.run(["wait", "--for=condition=Ready", "plug/web", "-n", namespace, "--timeout=120s"]);
  await server.run(["wait", "--for=condition=Ready=False", "plug/waits", "-n", namespace, "--timeout=120s"]);
});

afterAll(async () => {
  await plugboard.stop();
  await kube.close();
});

function explained(kubeconfig: string, kind: string, name: string, ...more: readonly string[]): Promise<Ran> {
  const where = ["--kubeconfig", kubeconfig, "--operator-namespace", operatorNamespace];
  return typed("explain", kind, `${namespace}/${name}`, ...where, ...more);
}

describe("on a real API server", () => {
  test("a user who may read only plugs gets the answer, and a list of what could not be read", async () => {
    const { code, stdout, stderr } = await explained(readerPath, "plug", "waits");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    const [what, state, turn] = stdout.split("\n");
    expect(what).toBe(`Plug ${namespace}/waits asks socket ${namespace}/pg for an integration.`);
    expect(state).toContain(`Waiting for Secret ${namespace}/nowhere`);
    expect(turn).toContain(`the owner of plug ${namespace}/waits`);
    const unread = stdout.slice(stdout.indexOf("Could not be read:"));
    for (const unseen of [
      `Socket ${namespace}/pg`,
      `Secret ${namespace}/nowhere`,
      `Namespace ${namespace}`,
      `Events of namespace ${namespace}`,
    ])
      expect(unread).toContain(unseen);
    expect(unread).toContain(`User "${user}" cannot`);
  });

  test("reads only, and no content of a Secret", async () => {
    await explained(readerPath, "plug", "web");
    const requests = (await server.auditedRequests()).filter((request) => JSON.stringify(request).includes(user));
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.map(({ verb }) => verb).filter((verb) => !["get", "list"].includes(verb))).toEqual([]);
  });

  test("a user who may read everything gets each object, and warnings from Events", async () => {
    const { code, stdout } = await explained(server.kubeconfigPath, "plug", "web", "-o", "json");
    expect(code).toBe(0);
    expect(stdout).not.toContain("hunter2");
    expect(JSON.parse(stdout)).toMatchObject({
      ready: true,
      resources: [{ what: `ConfigMap ${namespace}/made`, state: "applied" }],
      inputs: [{ what: `Secret ${namespace}/login`, state: expect.stringContaining("as seen") }],
      warnings: [{ reason: "MissingValue", note: expect.stringContaining(".plugConfig.nope") }],
      next: expect.stringMatching(/^Nothing/),
      unread: [],
    });
  });

  test("a socket has its plugs counted", async () => {
    const { code, stdout } = await explained(server.kubeconfigPath, "socket", "pg");
    expect(code).toBe(0);
    expect(stdout).toContain("1 coupled, 0 on their way, 1 waiting, 0 failed");
    expect(stdout).toContain(`${namespace}/waits (InvalidConfig)`);
  });

  test("a user who may not read the object is told which right is missing", async () => {
    const { code, stderr } = await explained(readerPath, "socket", "pg");
    expect(code).toBe(1);
    expect(stderr).toContain(`User "${user}" cannot get resource "sockets"`);
  });
});
