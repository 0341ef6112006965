import { describe, expect, test } from "@jest/globals";
import { apiVersion } from "../../../crds/names.ts";
import { Timeout } from "../../../kit/errors.ts";
import { type Intercept, interceptedKube } from "../../../kit/kube/intercept.ts";
import { plugKey } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start } from "../../worlds/worlds.ts";

const lingers = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "made" } };
const held = { ...lingers, metadata: { ...lingers.metadata, finalizers: ["example.com/held"] } };
const recreates = (when: string) => ({ resources: [{ when: [when], do: "recreate", template: lingers }] });

/** A stage that fails for a moment and then waits for an object to be gone. */
const cases: readonly (readonly [stage: string, plug: object, ends: boolean])[] = [
  ["plug.create", recreates("created"), false],
  ["plug.couple", recreates("coupled"), false],
  ["plug.decouple", { resources: [{ template: held }] }, true],
  ["plug.delete", recreates("deleted"), true],
];

describe("a stage that failed for a moment", () => {
  test.each(cases)("tells of no failure while it waits: %s", async (_stage, plug, ends) => {
    const world = await makeWorld();
    const { kube } = world.cluster;
    const named = (kind: string, name: string, namespace: string, spec: object) => ({
      apiVersion,
      kind,
      metadata: { name, namespace },
      spec,
    });
    let failures = 0;
    const failing: Intercept = async (request, perform) => {
      if (request.verb !== "delete" || request.name !== "made" || failures > 0) return perform();
      failures += 1;
      throw new Timeout("no answer");
    };
    const conditions = async (): Promise<
      ReadonlyMap<string, { readonly status: string; readonly message: string }>
    > => {
      const { status } = Object(await kube.get(plugKey("web")));
      return new Map(Object(status)["conditions"]?.map((one: { readonly type: string }) => [one.type, one]));
    };
    const running = await start(world, { kube: interceptedKube(kube, failing) });
    const at = { socket: { name: "sock", namespace: "db" } };
    if (!JSON.stringify(plug).includes("example.com/held"))
      await kube.create({ ...held, metadata: { ...held.metadata, namespace: "app" } });
    await apply(kube, named("Socket", "sock", "db", {}), named("Plug", "web", "app", { ...at, ...plug }));
    await rest(world, running);
    if (ends) await kube.delete(plugKey("web"));
    await rest(world, running);
    const said = await conditions();
    expect(failures).toBe(1);
    expect(said.get("Ready")?.message).toContain("ConfigMap app/made to be gone");
    expect(said.get("Failed")).toMatchObject({ status: "False" });
    await running.stop();
  });
});
