import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { KubeObject } from "../../kit/kube/port.ts";
import { conditionOf } from "../worlds/looks.ts";
import { bringToLife, contentsOf, isReady, type LivingSample } from "./living-sample.ts";
import { sampleManifests } from "./sample-files.ts";

const manifests = sampleManifests("postgres");
const job = { apiVersion: "batch/v1", kind: "Job", namespace: "data", name: "shop.orders" };
const plug = { apiVersion: "integration.rock8s.com/v1beta1", kind: "Plug", namespace: "shop", name: "orders" };
const password = { apiVersion: "v1", kind: "Secret", namespace: "shop", name: "orders-database-password" };
const access = { host: "postgres.data.svc", port: "5432", database: "shop_orders", user: "shop_orders" };

let sample: LivingSample;

afterEach(() => sample.stop());

describe("the PostgreSQL sample, coupled", () => {
  beforeEach(async () => {
    sample = await bringToLife(manifests);
    expect(await sample.comesTrue(async () => isReady(await sample.plug()))).toBe(true);
  });

  test("tells the application where its database is", async () => {
    const told = await contentsOf(sample.kube, "Secret", "shop", "orders-database");
    expect(told).toEqual({ ...access, password: "change-me-to-rotate" });
  });

  test("shows the result in the plug's status, and no password anywhere but in Secrets", async () => {
    expect(await sample.plug()).toMatchObject({ status: { coupledResult: { socket: access } } });
    const { kube } = sample;
    const kinds = [plug, { ...plug, kind: "Socket" }, job, { apiVersion: "events.k8s.io/v1", kind: "Event" }];
    const shown = await Promise.all(kinds.map(({ apiVersion, kind }) => kube.list({ apiVersion, kind })));
    expect(shown.flatMap(({ items }) => items).length).toBeGreaterThan(3);
    expect(JSON.stringify(shown)).not.toContain("change-me");
  });

  test("follows a new password: the Job runs again, then the application is told", async () => {
    const before = await sample.kube.get(job);
    await sample.kube.patch(password, { stringData: { password: "another-long-password" } });
    const told = () => contentsOf(sample.kube, "Secret", "shop", "orders-database");
    expect(await sample.comesTrue(async () => JSON.stringify(await told()).includes("another-long-password"))).toBe(
      true,
    );
    const after = await sample.kube.get(job);
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
    expect(await contentsOf(sample.kube, "Secret", "data", "shop.orders")).toEqual({
      password: "another-long-password",
    });
  });

  test("keeps what it has when a new password is too short, and says so", async () => {
    await sample.kube.patch(password, { stringData: { password: "short" } });
    await sample.comesTrue(async () => conditionOf(await sample.plug(), "Ready").status === "False");
    expect(conditionOf(await sample.plug(), "Ready").message).toMatch(/password/);
    expect(conditionOf(await sample.plug(), "Coupled").status).toBe("True");
    expect(await contentsOf(sample.kube, "Secret", "shop", "orders-database")).toMatchObject({
      password: "change-me-to-rotate",
    });
  });

  test("leaves no Secret behind when the plug is deleted", async () => {
    await sample.kube.delete(plug);
    expect(await sample.comesTrue(async () => (await sample.plug()) === undefined)).toBe(true);
    expect(await contentsOf(sample.kube, "Secret", "shop", "orders-database")).toBeUndefined();
    expect(await contentsOf(sample.kube, "Secret", "data", "shop.orders")).toBeUndefined();
  });

  test("locks the role out when the plug is deleted, by a Job of the same name as the one that made it", async () => {
    await sample.kube.delete(plug);
    expect(await sample.comesTrue(async () => (await sample.plug()) === undefined)).toBe(true);
    expect(commandOf(await sample.kube.get(job))).toContain("--file=/sql/lock.sql");
  });
});

describe("the PostgreSQL sample, before the database is there", () => {
  test("tells the application nothing, and says what it waits for", async () => {
    sample = await bringToLife(manifests, { holdJobs: true });
    const ready = async () => conditionOf(await sample.plug(), "Ready");
    await sample.comesTrue(async () => (await ready())?.message?.includes("Job") === true);
    expect(await ready()).toMatchObject({ status: "False", message: expect.stringContaining("Job data/shop.orders") });
    expect(commandOf(await sample.kube.get(job))).toContain("--file=/sql/create.sql");
    expect(await contentsOf(sample.kube, "Secret", "shop", "orders-database")).toBeUndefined();
  });

  test("lets no namespace in that the database team did not label", async () => {
    const unlabelled = manifests.map((one) =>
      one.kind === "Namespace" ? { ...one, metadata: { name: one.metadata.name } } : one,
    );
    sample = await bringToLife(unlabelled);
    await sample.comesTrue(async () => conditionOf(await sample.plug(), "Coupled").reason === "NamespaceDenied");
    expect(conditionOf(await sample.plug(), "Coupled")).toMatchObject({ status: "False", reason: "NamespaceDenied" });
    expect(await sample.kube.get(job)).toBeUndefined();
  });

  test("tries with patience while the right to write the result is missing", async () => {
    const noPatch = manifests.map((one) =>
      one.kind === "Role" && one.metadata.name === "orders-plug"
        ? { ...one, rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "create", "delete"] }] }
        : one,
    );
    sample = await bringToLife(noPatch);
    const version = async () => Number((await sample.plug())?.metadata.resourceVersion);
    await sample.comesTrue(async () => conditionOf(await sample.plug(), "Ready").message?.includes("patch") === true);
    const before = await version();
    await sample.comesTrue(async () => false);
    expect((await version()) - before).toBeLessThan(40);
  });
});

interface JobSpec {
  readonly template: { readonly spec: { readonly containers: readonly { readonly command: readonly string[] }[] } };
}

function commandOf(object: KubeObject | undefined): readonly string[] {
  const spec = object?.["spec"] as JobSpec | undefined;
  return spec?.template.spec.containers[0]?.command ?? [];
}
