import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import { readDescriptor } from "../../../cli/deploy/descriptor.ts";
import { renderManifests } from "../../../cli/deploy/render.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { type OwnApiServer, startApiServer } from "../../api-server/api-server.ts";
import { type Way, ways } from "./settings.ts";
import { judgedByKnative, knativeDefinitions, provideValidators, validatorsMilliseconds } from "./validators.ts";

const descriptor = readDescriptor();

function objectsOf({ target, settings, namespace }: Way): readonly KubeObject[] {
  const all = [...settings, `namespace=${namespace}`];
  return renderManifests(descriptor, { target, settings: all });
}

const page = readFileSync(new URL("../../../docs/running/knative.md", import.meta.url), "utf8");
/** The objects that docs/running/knative.md shows. */
const shown = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].flatMap(([, yaml = ""]) => loadAll(yaml)) as KubeObject[];

beforeAll(provideValidators, validatorsMilliseconds);

describe("on a real API server with Knative's own CRDs", () => {
  let server: OwnApiServer;

  beforeAll(async () => {
    server = await startApiServer({ auditLog: false });
    await server.apply(await knativeDefinitions());
    const names = ["shop", "data"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
    await server.apply(names);
    await server.run(["wait", "--for=condition=Established", "crd", "--all", "--timeout=300s"]);
  });

  afterAll(() => server.stop());

  test.each(ways)("every manifest is taken, no field unknown, and taken again: $name", async (way) => {
    const manifests = objectsOf(way)
      .map((object) => JSON.stringify(object))
      .join("\n---\n");
    const apply = () => server.run(["apply", "--server-side", "--validate=strict", "-f", "-"], manifests);
    const first = await apply();
    expect(first.trim().split("\n")).toHaveLength(objectsOf(way).length);
    const kinds = [
      ...new Set(
        (await apply())
          .trim()
          .split("\n")
          .map((line) => line.split(" ").at(-1)),
      ),
    ];
    expect(kinds).toEqual(["serverside-applied"]);
    await server.run(["delete", "namespace", way.namespace, "--timeout=300s"]);
  });

  test("docs/running/knative.md shows a JobSink whose Job is one", async () => {
    const jobs = shown
      .filter(({ kind }) => kind === "JobSink")
      .map(({ metadata, spec }) => ({
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: metadata.name, namespace: "shop" },
        ...(spec as { readonly job: object }).job,
      }));
    expect(jobs).toHaveLength(1);
    const made = await server.run(
      ["create", "--dry-run=server", "--validate=strict", "-f", "-"],
      JSON.stringify(jobs[0]),
    );
    expect(made).toContain("seed-database created");
  });

  test("and one that has a field too many is refused", async () => {
    const [broker] = objectsOf({ name: "", target: "knative", namespace: "shop", settings: [] }).filter(
      ({ kind }) => kind === "Broker",
    );
    const wrong = JSON.stringify({ ...broker, spec: { clas: "Kafka" } });
    const refused = await server.kubectl(["apply", "--server-side", "--validate=strict", "-f", "-"], wrong);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("clas")]);
  });
});

describe("by Knative's own validation", () => {
  test.each(ways.filter(({ target }) => target === "knative"))(
    "every manifest of its kinds is right: $name",
    async (way) => {
      const objects = objectsOf(way).filter(({ apiVersion }) => apiVersion.includes("knative.dev"));
      const answers = await judgedByKnative(objects, ["authentication-oidc=enabled"]);
      expect(objects.map((object, index) => [object.kind, object.metadata.name, answers[index]])).toEqual(
        objects.map(({ kind, metadata }) => [kind, metadata.name, "ok"]),
      );
    },
  );

  test("what docs/running/knative.md shows is right", async () => {
    // A JobSink is judged by an API server: see above.
    const objects = shown.filter(({ apiVersion, kind }) => apiVersion.includes("knative.dev") && kind !== "JobSink");
    const answers = await judgedByKnative(objects);
    expect(objects.map(({ kind, metadata }, index) => [kind, metadata.name, answers[index]])).toEqual(
      objects.map(({ kind, metadata }) => [kind, metadata.name, "ok"]),
    );
    expect(objects).toHaveLength(5);
  });

  test("and an EventType of which Knative would lose something in storage is not", async () => {
    const [eventType] = objectsOf({ name: "", target: "knative", namespace: "own", settings: [] }).filter(
      ({ kind }) => kind === "EventType",
    );
    const spec = eventType?.["spec"] as { readonly attributes: readonly object[] };
    const more = {
      ...eventType,
      spec: { ...spec, attributes: [...spec.attributes, { name: "kind", required: true }] },
    };
    expect(await judgedByKnative([more])).toEqual([expect.stringContaining("comes back from storage")]);
    const less = { ...eventType, spec: { ...spec, attributes: spec.attributes.slice(1) } };
    expect(await judgedByKnative([less])).toEqual([expect.stringContaining("specversion")]);
  });

  test("and a Service with what Knative refuses is not", async () => {
    const [service] = objectsOf({ name: "", target: "knative", namespace: "own", settings: [] }).filter(
      ({ apiVersion, kind }) => apiVersion === "serving.knative.dev/v1" && kind === "Service",
    );
    const wrong = JSON.parse(JSON.stringify(service).replace('"serviceAccountName"', '"nodeName"'));
    expect(await judgedByKnative([wrong])).toEqual([expect.stringContaining("nodeName")]);
  });
});
