import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import { crdDocuments, crdTexts } from "../../crds/documents.ts";
import { parsePlug } from "../../crds/plug/parse.ts";
import { parseSocket } from "../../crds/socket/parse.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { type ApiServer, sharedApiServer } from "../api-server/api-server.ts";
import { accepted, plug, refusedByRule, refusedBySchema } from "./manifests.ts";

const vectors = join(import.meta.dirname, "../vectors");

let server: ApiServer;
let namespace: string;

beforeAll(async () => {
  server = sharedApiServer();
  namespace = await server.freshNamespace();
});

/** What the API server says of an object that it is asked to take, without keeping it; "" when it takes it without a word. */
async function refusal(object: object): Promise<string> {
  const answer = await server.kubectl(
    ["create", "-n", namespace, "--dry-run=server", "--validate=strict", "-f", "-"],
    JSON.stringify(object),
  );
  return answer.stderr;
}

const ours = (object: KubeObject) => object.kind === "Plug" || object.kind === "Socket";

function parityManifests(): readonly KubeObject[] {
  const scenarios = load(readFileSync(join(vectors, "parity/scenarios.yaml"), "utf8")) as {
    readonly steps: readonly { readonly apply?: readonly KubeObject[] }[];
  }[];
  return scenarios.flatMap(({ steps }) => steps.flatMap(({ apply = [] }) => apply)).filter(ours);
}

function takeoverObjects(): readonly KubeObject[] {
  return ["lifecycle", "results"].flatMap((name) => {
    const list = JSON.parse(readFileSync(join(vectors, `takeover/${name}.json`), "utf8")) as {
      items: readonly KubeObject[];
    };
    return list.items.filter(ours);
  });
}

describe("the CRDs on a real API server", () => {
  test("are taken without a warning", async () => {
    const { code, stderr } = await server.kubectl(
      ["apply", "--server-side", "--dry-run=server", "-f", "-"],
      crdTexts().join("---\n"),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("are established, and structural", async () => {
    for (const { metadata } of crdDocuments()) {
      const crd = JSON.parse(await server.run(["get", "crd", metadata.name, "-o", "json"]));
      const holding = crd.status.conditions.filter((one: { status: string }) => one.status === "True");
      expect(holding.map((one: { type: string }) => one.type).sort()).toEqual(["Established", "NamesAccepted"]);
    }
  });
});

describe("manifests of integration-operator", () => {
  test("are admitted, each of them, with strict field validation", async () => {
    const manifests = parityManifests();
    expect(manifests.length).toBeGreaterThan(15);
    for (const manifest of manifests) {
      const answer = await refusal({ ...manifest, metadata: { ...manifest.metadata, namespace } });
      expect(`${manifest.kind} ${manifest.metadata.name}: ${answer}`).toBe(
        `${manifest.kind} ${manifest.metadata.name}: `,
      );
    }
  });

  test("are stored with their status as they were, and parsed", async () => {
    for (const { apiVersion, kind, metadata, spec, status } of takeoverObjects()) {
      const own = await server.freshNamespace();
      const { name, finalizers } = metadata;
      await server.run(
        ["create", "--validate=strict", "-f", "-"],
        JSON.stringify({ apiVersion, kind, metadata: { name, namespace: own }, spec }),
      );
      const patch = JSON.stringify({ metadata: { finalizers }, status });
      await server.run(["patch", kind, name, "-n", own, "--subresource=status", "--type=merge", "-p", patch]);
      const stored = JSON.parse(await server.run(["get", kind, name, "-n", own, "-o", "json"]));
      expect(stored).toMatchObject({ spec, status });
      expect(kind === "Plug" ? parsePlug(stored) : parseSocket(stored)).toBe(stored);
    }
  });
});

describe("a manifest", () => {
  test.each(accepted)("is admitted: %s", async (_, object) => {
    expect(await refusal(object)).toBe("");
  });
});

describe("what can be refused when it is written", () => {
  test.each([...refusedByRule, ...refusedBySchema])("is refused with: %s", async (message, object) => {
    expect(await refusal(object)).toContain(message);
  });

  test("is shown here for every rule there is", () => {
    const messages = crdTexts().flatMap((text) => rulesWithin(load(text)));
    expect([...new Set(messages)].sort()).toEqual(refusedByRule.map(([message]) => message).sort());
  });
});

function rulesWithin(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Object.entries(value).filter(([keyword]) => keyword === "x-kubernetes-validations");
  const rules = own.flatMap(([, list]) => list as readonly { readonly message: string }[]);
  return [...rules.map(({ message }) => message), ...Object.values(value).flatMap(rulesWithin)];
}

test("plugs are found by the socket they name", async () => {
  const { metadata, ...wanted } = plug({ socket: { name: "wanted" } });
  await server.apply([{ ...wanted, metadata: { ...metadata, namespace } }]);
  const found = (name: string) =>
    server.run(["get", "plugs", "-A", "--field-selector", `spec.socket.name=${name}`, "-o", "name"]);
  expect(await found("wanted")).toBe("plug.integration.rock8s.com/p\n");
  expect(await found("unwanted")).toBe("");
});
