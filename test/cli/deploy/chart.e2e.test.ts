import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readDescriptor } from "../../../cli/deploy/descriptor.ts";
import { newerKubernetes, openFunctions, renderManifests } from "../../../cli/deploy/render.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { type OwnApiServer, startApiServer } from "../../api-server/api-server.ts";
import { helmFlags, ways } from "./settings.ts";
import {
  helm,
  helmLint,
  helmTemplate,
  knativeDefinitions,
  provideValidators,
  validatorsMilliseconds,
} from "./validators.ts";

const descriptor = readDescriptor();

function sorted(objects: readonly KubeObject[]): readonly KubeObject[] {
  const name = ({ apiVersion, kind, metadata }: KubeObject) =>
    [apiVersion, kind, metadata.namespace ?? "", metadata.name].join("/");
  return objects.toSorted((one, other) => (name(one) < name(other) ? -1 : 1));
}

/** Helm makes the namespace itself, and is told to leave the CRDs where they are. */
function butForHelm(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects
    .filter(({ kind }) => kind !== "Namespace")
    .map((object) => {
      if (object.kind !== "CustomResourceDefinition") return object;
      const { "helm.sh/resource-policy": _keep, ...annotations } = object.metadata.annotations ?? {};
      return { ...object, metadata: { ...object.metadata, annotations } };
    });
}

beforeAll(provideValidators, validatorsMilliseconds);

describe("the chart, by Helm's own engine", () => {
  test.each(ways)("renders what plugboard manifests prints: $name", async (way) => {
    const { target, settings, namespace } = way;
    const printed = renderManifests(descriptor, { target, settings: [...settings, `namespace=${namespace}`] });
    const rendered = await helmTemplate(namespace, helmFlags(way));
    expect(sorted(butForHelm(rendered))).toEqual(sorted(butForHelm(printed)));
  });

  test.each(ways)("has nothing that helm lint finds wrong: $name", async (way) => {
    expect(await helmLint(helmFlags(way))).toContain("1 chart(s) linted, 0 chart(s) failed");
  });

  test.each([
    ["a value that is not there", ["--set", "config.replica=3"], "additional properties 'replica' not allowed"],
    ["a target that is none", ["--set", "target=lambda"], "target"],
    ["a text for a number", ["--set", "config.replicas=many"], "replicas"],
  ])("refuses %s", async (_, flags, told) => {
    await expect(helmTemplate("plugboard", flags)).rejects.toThrow(told);
  });
});

describe("the chart, on a real API server", () => {
  let server: OwnApiServer;

  beforeAll(async () => {
    server = await startApiServer({ auditLog: false });
  });

  afterAll(() => server.stop());

  test("is installed, says what to look at, is upgraded with its CRDs, and leaves them when it goes", async () => {
    const folder = join(import.meta.dirname, "../../../deploy/chart");
    const where = ["--kubeconfig", server.kubeconfigPath, "--namespace", "own"];
    const installed = await helm("install", "plugboard", folder, "--create-namespace", ...where);
    expect(installed).toContain("kubectl rollout status deployment/plugboard -n own");
    await server.run(["delete", "crd", "sockets.integration.rock8s.com"]);
    const upgraded = await helm("upgrade", "plugboard", folder, ...where, "--set", "config.namespaces={default}");
    expect(upgraded).toContain("Plugboard serves only these namespaces: default.");
    await helm("uninstall", "plugboard", ...where);
    const left = await server.run(["get", "crd", "-o", "name"]);
    expect(left.trim().split("\n").toSorted()).toEqual(
      ["deferredresources", "plugs", "sockets"].map(
        (name) => `customresourcedefinition.apiextensions.k8s.io/${name}.integration.rock8s.com`,
      ),
    );
    expect((await server.run(["get", "deployment", "--all-namespaces"])).trim()).toBe("");
  });
});

describe("the chart's notes, on an API server that knows Knative", () => {
  let knative: OwnApiServer;

  beforeAll(async () => {
    knative = await startApiServer({ auditLog: false, controllers: [] });
    await knative.apply(await knativeDefinitions());
    await knative.run(["wait", "--for=condition=Established", "crd", "--all", "--timeout=300s"]);
  });

  afterAll(() => knative.stop());

  test.each([
    ["that functions can be called, and by what they are kept from it", ["--set", "target=knative"], [openFunctions]],
    ["nothing of it where that is seen to", ["--set", "target=knative,oidc.audience=a"], []],
    ["that a guard is to be removed first", ["--set", "guard.enabled=true"], ["Remove this guard before"]],
  ])("say %s", async (_, flags, told) => {
    const folder = join(import.meta.dirname, "../../../deploy/chart");
    const where = ["--kubeconfig", knative.kubeconfigPath, "--dry-run=client"];
    const said = await helm("install", "plugboard", folder, ...where, ...flags);
    const notes = said.slice(said.indexOf("NOTES:"));
    // This API server is no older one.
    const all = [openFunctions, newerKubernetes, "Remove this guard before"];
    expect(all.filter((note) => notes.includes(note))).toEqual(told);
  });
});
