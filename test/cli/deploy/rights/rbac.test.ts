import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { peoplesRoles } from "../../../../cli/deploy/rights/people-roles.ts";
import { apiVersion } from "../../../../crds/names.ts";
import { createMemoryCluster } from "../../../../kit/memory/cluster.ts";
import { sampleFolder, sampleManifests, samples } from "../../../samples/sample-files.ts";
import { handClock } from "../../../worlds/hand-clock.ts";
import { typed } from "../../terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "rbac-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(...objects: readonly object[]): string {
  const path = join(folder, `${crypto.randomUUID()}.json`);
  writeFileSync(path, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  return path;
}

const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" } };
const socket = (spec: object, metadata: object = { name: "s", namespace: "db" }): object => ({
  apiVersion,
  kind: "Socket",
  metadata,
  spec,
});

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly object[];
  readonly subjects?: readonly object[];
}

async function roles(...flags: readonly string[]): Promise<readonly Role[]> {
  return JSON.parse((await typed("rbac", ...flags, "-o", "json")).stdout).items;
}

describe("plugboard rbac", () => {
  test("grants what is applied, what goes, and what vars read, each to the service account that needs it", async () => {
    const spec = {
      serviceAccountName: "worker",
      vars: [{ name: "v", objref: { group: "apps", version: "v1", kind: "Deployment", name: "d" } }],
      resources: [
        { preserveWhenDecoupled: true, template: map },
        { do: "recreate", stringTemplate: "kind: Job\napiVersion: batch/v1\nmetadata: {name: j}" },
        { do: "delete", when: ["decoupled"], template: { apiVersion: "v1", kind: "Secret", metadata: { name: "x" } } },
      ],
    };
    const [role, binding] = await roles("-f", file(socket(spec)));
    expect(role?.metadata).toEqual({ name: "plugboard-worker", namespace: "db" });
    expect(role?.rules).toEqual([
      { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "create", "patch"] },
      { apiGroups: [""], resources: ["secrets"], verbs: ["get", "delete"] },
      { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"] },
      { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "create", "patch", "delete"] },
    ]);
    expect(binding).toMatchObject({ kind: "RoleBinding", subjects: [{ name: "worker", namespace: "db" }] });
  });

  test("asks for a ClusterRole where what is applied is in no namespace", async () => {
    const spec = { resources: [{ template: { apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } } }] };
    expect((await roles("-f", file(socket(spec)))).map(({ kind }) => kind)).toEqual([
      "ClusterRole",
      "ClusterRoleBinding",
    ]);
  });

  test("takes --namespace for manifests that name none, and prints the roles of that namespace alone", async () => {
    const spec = { resources: [{ template: map }] };
    const path = file(socket(spec, { name: "here" }), socket(spec, { name: "there", namespace: "other" }));
    const printed = await roles("-f", path, "--namespace", "team");
    expect(printed.map(({ metadata }) => metadata.namespace)).toEqual(["team", "team"]);
  });

  test("names an entry of which only rendering tells the kind, and ends with 1", async () => {
    const spec = {
      resources: [{ template: { apiVersion: "v1", kind: "{% .socket.spec.config.kind %}", metadata: { name: "m" } } }],
    };
    const { code, stderr } = await typed("rbac", "-f", file(socket(spec)));
    expect([code, stderr]).toEqual([1, expect.stringContaining("Socket db/s spec.resources[0]")]);
  });

  test("lets people who edit a namespace edit plugs and sockets, those who view it view them, and nobody write a status", () => {
    const [edit, view] = peoplesRoles() as unknown as readonly {
      metadata: { labels: object };
      rules: { resources: string[]; verbs: string[] }[];
    }[];
    const into = (name: string): string => `rbac.authorization.k8s.io/aggregate-to-${name}`;
    expect(edit?.metadata.labels).toEqual({ [into("admin")]: "true", [into("edit")]: "true" });
    expect(view?.metadata.labels).toMatchObject({ [into("view")]: "true" });
    const written = [edit, view].flatMap((role) => role?.rules ?? []).filter(({ verbs }) => verbs.includes("patch"));
    expect(written.flatMap(({ resources }) => resources).filter((name) => name.includes("/"))).toEqual([]);
  });

  test.each(samples)("is enough for sample %s to couple, judged as a cluster does", async (name) => {
    const theirOwn = sampleManifests(name).filter(({ kind }) => !/^(Cluster)?Role(Binding)?$/.test(kind));
    const printed = await roles("-f", sampleFolder(name));
    const { code, stdout } = await typed("dev", "--once", "--rbac", file(...theirOwn, ...printed));
    expect([code, stdout]).toEqual([0, expect.stringContaining("Done")]);
  });

  test("prints what an API server takes", async () => {
    const cluster = createMemoryCluster({ clock: handClock(), holdJobs: true });
    await expect(cluster.load(peoplesRoles())).resolves.toBeUndefined();
  });
});
