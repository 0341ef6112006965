import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { crdDocuments } from "../../crds/documents.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { type ApiServer, sharedApiServer } from "../api-server/api-server.ts";
import { plug, socket } from "./manifests.ts";

let server: ApiServer;
let namespace: string;

beforeAll(async () => {
  server = sharedApiServer();
  namespace = await server.freshNamespace();
});
afterAll(() => install(crdDocuments()));

async function install(crds: readonly KubeObject[]): Promise<void> {
  for (const { kind, apiVersion, metadata, spec } of crds as readonly (KubeObject & { spec: unknown })[]) {
    const patch = JSON.stringify({ apiVersion, kind, metadata: { name: metadata.name }, spec });
    await server.run(["apply", "--server-side", "--force-conflicts", "-f", "-"], patch);
  }
}

/** The CRDs as they were before anything in them had an end. */
function boundless(): readonly KubeObject[] {
  const bounds = ["maxItems", "maxLength", "maxProperties"];
  return JSON.parse(JSON.stringify(crdDocuments()), (key, value: unknown) => {
    if (key === "x-kubernetes-validations") return undefined;
    return bounds.includes(key) && typeof value === "number" ? undefined : value;
  });
}

const many = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Over each limit that a CRD has, and over those that Plugboard has alone. */
const oversized: readonly KubeObject[] = [
  plug({
    vars: many(1_200, (index) => ({
      name: `v${index}`,
      objref: { apiVersion: "v1", kind: "Pod", name: "p" },
      fieldref: { fieldPath: index === 0 ? `spec.${"x".repeat(2_000)}` : "spec.a" },
    })),
  }),
  socket({
    validation: { namespaceWhitelist: many(12_000, (index) => `team-${index}`) },
    interface: {
      version: `1.0.0-${"x".repeat(300)}`,
      config: { plug: Object.fromEntries(many(5_000, (index) => [`property${index}`, {}])) },
    },
  }),
];

test("what was stored over a limit is read, its status and finalizers are written, and it is deleted", async () => {
  await install(boundless());
  for (const object of oversized)
    await server.run(
      ["create", "-n", namespace, "-f", "-"],
      JSON.stringify({ ...object, metadata: { ...object.metadata, namespace } }),
    );
  await install(crdDocuments());

  for (const { kind, metadata, spec } of oversized as readonly (KubeObject & { spec: object })[]) {
    const { name } = metadata;
    const patch = (change: object, ...more: readonly string[]) =>
      server.run(["patch", kind, name, "-n", namespace, "--type=merge", "-p", JSON.stringify(change), ...more]);
    await patch({ metadata: { finalizers: ["integration.rock8s.com/finalizer"] } });
    const condition = {
      type: "Ready",
      status: "False",
      reason: "TooLarge",
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    await patch({ status: { conditions: [condition] } }, "--subresource=status");
    const stored = JSON.parse(await server.run(["get", kind, name, "-n", namespace, "-o", "json"]));
    expect(stored).toMatchObject({ spec, status: { conditions: [condition] } });
    await server.run(["delete", kind, name, "-n", namespace, "--wait=false"]);
    await patch({ metadata: { finalizers: null } });
    const { stderr } = await server.kubectl(["get", kind, name, "-n", namespace]);
    expect(stderr).toContain("NotFound");
  }
});
