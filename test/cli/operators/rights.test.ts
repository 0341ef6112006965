import { expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import type { KubeRequest } from "../../../kit/kube/intercept.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import { type Life, live } from "../../operator/faults/lives.ts";
import { echoServers, memcacheds, tempNamespaces } from "../../operator/faults/scenarios.ts";
import { typed } from "../terminal.ts";

const files: { readonly [name: string]: string } = {
  "echo-server": "samples/operators/echo-server/echo-server.ts",
  "temp-namespace": "samples/operators/temp-namespace/temp-namespace.ts",
  memcached: "samples/operators/memcached/memcached.ts",
};

test.each([echoServers, tempNamespaces, memcacheds])(
  "the rights that `manifests` grants are enough for the whole life of $name",
  async (scenario) => {
    const { operator, crd, name } = scenario;
    const { stdout } = await typed("operator", "manifests", files[name] ?? "", crd, "--image", "x");
    const objects = (loadAll(stdout) as readonly KubeObject[]).filter(({ kind }) => kind !== "Deployment");
    const account = { namespace: "plugboard-operators", name: operator.name };
    const requests = new Set<string>();
    const asItself = async (life: Life): Promise<unknown> => {
      await life.cluster.load(objects);
      life.cluster.onRequest(({ verb, kind, as }: KubeRequest) => {
        if (as !== undefined) requests.add(`${verb} ${kind}`);
      });
      return life.start("one", undefined, life.cluster.kube.as(account));
    };
    const withAllRights = async (life: Life): Promise<unknown> => {
      await life.cluster.load(objects);
      return life.start("one");
    };
    const seen = await live(scenario, asItself);
    expect(seen).toEqual(await live(scenario, withAllRights));
    expect(requests).toContain(`apply ${operator.children[0]?.kind}`);
    expect(requests).toContain(`replaceStatus ${operator.parent.kind}`);
  },
);
