import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import type { LiveKube } from "../../../kit/live/live-kube.ts";
import { type OwnApiServer, startApiServer } from "../../api-server/api-server.ts";
import { openOperatorNamespace, provideIdentities } from "../../api-server/identities.ts";
import { connectTo, eventually, openNamespace } from "../../api-server/live-ground.ts";
import { type PlugboardRun, startPlugboardRun } from "../../api-server/plugboard-run.ts";
import { plugboardCrds } from "../../api-server/shared-api-server.ts";
import { socketWith } from "../../worlds/manifests.ts";

const restarts = 10;

let server: OwnApiServer;
let kube: LiveKube;
let run: PlugboardRun | undefined;

beforeAll(async () => {
  server = await startApiServer({ crds: plugboardCrds(), auditLog: false });
  kube = await connectTo(server, "person");
});

afterAll(async () => {
  await run?.stop();
  await kube.close();
  await server.stop();
});

test("after each of ten restarts of kube-apiserver an edit is followed without a resync", async () => {
  const ground = await provideIdentities(server);
  await openNamespace(kube, "app");
  await openOperatorNamespace(kube, "app-operator");
  await server.apply([
    socketWith("sock", {}, "app"),
    { apiVersion, kind: "Plug", metadata: { name: "plug", namespace: "app" }, spec: specOf(0) },
  ]);
  run = await startPlugboardRun({
    kubeconfigPath: ground.kubeconfigOf("plugboard"),
    operatorNamespace: "app-operator",
    namespaces: [],
  });
  const settings = { apiVersion: "v1", kind: "ConfigMap", namespace: "app", name: "made" };
  const round = async () => Object(await kube.get(settings))["data"]?.round ?? "";
  expect(await eventually(round, "0")).toBe("0");
  for (let restart = 1; restart <= restarts; restart += 1) {
    await server.restart();
    await server.apply([
      { apiVersion, kind: "Plug", metadata: { name: "plug", namespace: "app" }, spec: specOf(restart) },
    ]);
    expect(await eventually(round, String(restart))).toBe(String(restart));
  }
  const readiness = async () => run?.get("/readyz");
  expect(await eventually(readiness, { code: 200, text: "ok\n" })).toEqual({ code: 200, text: "ok\n" });
  expect((await run.get("/metrics")).text).not.toMatch(/^plugboard_watch_down_seconds/m);
  // A resync comes after ten minutes: within this time there was none.
});

function specOf(round: number): object {
  const template = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "made" }, data: { round: String(round) } };
  return { socket: { name: "sock" }, resources: [{ template }] };
}
