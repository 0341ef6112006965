import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readDescriptor } from "../../cli/deploy/descriptor.ts";
import { renderManifests } from "../../cli/deploy/render.ts";
import type { KubeObject } from "../../kit/kube.ts";
import { type OwnApiServer, startApiServer } from "../api-server.ts";
import { judgedByKnative, judgesMilliseconds, knativeDefinitions, provideJudges } from "./judges.ts";
import { type Way, ways } from "./settings.ts";

const descriptor = readDescriptor();

function objectsOf({ target, settings, namespace }: Way): readonly KubeObject[] {
  const all = [...settings, `namespace=${namespace}`];
  return renderManifests(descriptor, { target, settings: all });
}

beforeAll(provideJudges, judgesMilliseconds);

describe("on a real API server with Knative's own CRDs", () => {
  let server: OwnApiServer;

  beforeAll(async () => {
    server = await startApiServer({ auditLog: false });
    await server.apply(await knativeDefinitions());
    const names = ["shop", "data"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
    await server.apply(names);
    await server.run(["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"]);
  }, 60_000);

  afterAll(() => server.stop());

  test.each(ways)(
    "every manifest is taken, no field unknown, and taken again: $name",
    async (way) => {
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
      await server.run(["delete", "namespace", way.namespace, "--timeout=60s"]);
    },
    120_000,
  );

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

  test("and a Service with what Knative refuses is not", async () => {
    const [service] = objectsOf({ name: "", target: "knative", namespace: "own", settings: [] }).filter(
      ({ apiVersion, kind }) => apiVersion === "serving.knative.dev/v1" && kind === "Service",
    );
    const wrong = JSON.parse(JSON.stringify(service).replace('"serviceAccountName"', '"nodeName"'));
    expect(await judgedByKnative([wrong])).toEqual([expect.stringContaining("nodeName")]);
  });
});
