import { describe, expect, test } from "@jest/globals";
import { conditionOf } from "../../worlds/looks.ts";
import { plugKey, plugWith, secret, socketWith } from "../../worlds/manifests.ts";
import { apply, makeWorld, rest, start } from "../../worlds/worlds.ts";

const inNames = "s3cr3t-in-a-name";
const named = (name: string, data = {}): object => ({
  template: { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data },
});

/** Couples a plug with a socket whose config comes from a Secret: what Ready says, which Events there are, which ConfigMaps. */
async function couple(plug: object, socket: object = {}) {
  const world = await makeWorld();
  const { kube } = world.cluster;
  const plugboard = await start(world);
  await apply(kube, secret("db", "pw", { password: inNames, mode: "plain" }));
  await apply(kube, socketWith("pg", { configSecretName: "pw", ...socket }), plugWith("shop", plug));
  await rest(world, plugboard);
  await plugboard.stop();
  const objects = world.cluster.objects();
  return {
    ready: conditionOf(await kube.get(plugKey("shop")), "Ready"),
    warnings: objects
      .flatMap(({ kind, reason, note, regarding }) =>
        kind === "Event" && reason === "SensitiveName" ? [`${Object(regarding).kind}: ${note}`] : [],
      )
      .sort(),
    maps: objects.flatMap(({ kind, metadata }) => (kind === "ConfigMap" ? [metadata.name] : [])),
  };
}

const marks = (property: object) => ({ interface: { config: { socket: { password: property, mode: {} } } } });

describe("a name made of a value from a Secret", () => {
  test("is made, and its author is warned", async () => {
    const { ready, warnings, maps } = await couple({ resources: [named("x-{% .socketConfig.password %}")] });
    expect(ready).toMatchObject({ status: "True" });
    expect(maps).toContain(`x-${inNames}`);
    expect(warnings).toEqual([
      expect.stringMatching(/^Plug: plug spec\.resources\[0\]\.template: metadata\.name of the ConfigMap/),
    ]);
    expect(warnings.join()).not.toContain(inNames);
  });

  test("warns the socket's author of the socket's template, of results too", async () => {
    const { warnings } = await couple(
      {},
      {
        resources: [named("x-{% .socketConfig.password %}")],
        resultTemplate: { name: "{% .socketConfig.password %}" },
        resultResources: [
          { template: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "y-{% .result.name %}" } } },
        ],
      },
    );
    expect(warnings).toEqual([
      expect.stringMatching(/^Socket: socket spec\.resources\[0\]/),
      expect.stringMatching(/^Socket: socket spec\.resultResources\[0\]/),
    ]);
  });

  test("is refused by path where the interface marks the value as sensitive", async () => {
    const plug = { resources: [named("x-{% .socketConfig.password %}")] };
    const { ready, maps } = await couple(plug, marks({ sensitive: true }));
    expect(ready).toMatchObject({ reason: "InvalidInput" });
    expect(ready.message).toContain(
      "plug spec.resources[0].template: metadata.name contains a value that the interface marks",
    );
    expect(maps).toEqual([]);
  });

  test("is refused where a result is made of such a value first", async () => {
    const resultResources = [
      { template: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "{% .result.url %}" } } },
    ];
    const plug = { resultTemplate: { url: "x-{% .socketConfig.password %}" }, resultResources };
    const { ready, maps } = await couple(plug, marks({ sensitive: true }));
    expect(ready.message).toContain("plug spec.resultResources[0].template: metadata.name contains");
    expect(maps).toEqual([]);
  });

  test("is as any other where the interface says that the value is not sensitive", async () => {
    const plug = { resources: [named("x-{% .socketConfig.password %}")] };
    const { ready, warnings } = await couple(plug, marks({ sensitive: false }));
    expect(ready).toMatchObject({ status: "True" });
    expect(warnings).toEqual([]);
  });
});

describe("a key made of a value that the interface marks as sensitive", () => {
  test.each([
    [
      "an object",
      named("x", { "{% .socketConfig.password %}": "a" }),
      "template.data.{% .socketConfig.password %}: the key",
    ],
    [
      "YAML text",
      {
        stringTemplate:
          'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  "{% .socketConfig.password %}": a\n',
      },
      "stringTemplate, line 5, column 7: the key",
    ],
  ])("is refused by path as it is written, in %s", async (_, resource, place) => {
    const { ready } = await couple({ resources: [resource] }, marks({ sensitive: true }));
    expect(ready.message).toContain(place);
    expect(ready.message).not.toContain(inNames);
    expect((await couple({ resources: [resource] })).ready).toMatchObject({ status: "True" });
  });
});

describe("what is only there because of a value from a Secret", () => {
  const inside = (text: string) => ({ stringTemplate: `{% if .socketConfig.password %}\n${text}{% end %}\n` });
  const plain =
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {% .plug.metadata.name %}-x\n  namespace: {% .plug.metadata.namespace %}\n";

  test("has the name, kind and namespace that its author gives it", async () => {
    const { ready, warnings, maps } = await couple({ resources: [inside(plain)] }, marks({ sensitive: true }));
    expect(ready).toMatchObject({ status: "True" });
    expect(warnings).toEqual([]);
    expect(maps).toEqual(["shop-x"]);
  });

  test("may be printed as a whole with the value in it", async () => {
    const whole =
      '{% toYaml (dict "apiVersion" "v1" "kind" "ConfigMap" "metadata" (dict "name" .plug.metadata.name) "data" (dict "a" .socketConfig.password)) %}';
    const { ready, warnings, maps } = await couple(
      { resources: [{ stringTemplate: whole }] },
      marks({ sensitive: true }),
    );
    expect(ready).toMatchObject({ status: "True" });
    expect(warnings).toEqual([]);
    expect(maps).toEqual(["shop"]);
  });
});
