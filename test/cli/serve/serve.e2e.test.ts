import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { apiVersion, finalizer } from "../../../crds/names.ts";
import type { KubeObject } from "../../../kit/kube/port.ts";
import type { LiveKube } from "../../../kit/live/live-kube.ts";
import { sharedApiServer } from "../../api-server/api-server.ts";
import { freshOperatorNamespace, sharedGround } from "../../api-server/identities.ts";
import { connectTo, openNamespace } from "../../api-server/live-ground.ts";
import { type Answer, eventOf, type Mode, messageOf, modes, sendTo } from "../../eventing/http/served.ts";
import { sampleEvents } from "../../samples/sample-files.ts";
import { conditionOf } from "../../worlds/looks.ts";
import { killAll, type ServeProcess, startServe } from "./serve-process.ts";

const server = sharedApiServer();
const audience = "plugboard-functions";

let kube: LiveKube;
let namespace: string;
let operatorNamespace: string;
let running: ServeProcess;
let token: string;

beforeAll(async () => {
  kube = await connectTo(server, "serve-test");
  namespace = await server.freshNamespace();
  operatorNamespace = await freshOperatorNamespace(kube);
  await openNamespace(kube, `${namespace}-open`);
  await server.run(["wait", "--for=create", "serviceaccount/default", "-n", `${namespace}-open`, "--timeout=300s"]);
  for (const name of ["caller", "stranger"]) await server.run(["create", "serviceaccount", name, "-n", namespace]);
  token = await tokenOf("caller", audience);
  running = await startServe(
    ["--all", "--kubeconfig", sharedGround().kubeconfigOf("plugboard"), "--operator-namespace", operatorNamespace],
    {
      PLUGBOARD_OIDC_AUDIENCE: audience,
      PLUGBOARD_OIDC_SUBJECTS: `system:serviceaccount:elsewhere:caller, system:serviceaccount:${namespace}:caller`,
    },
  );
});
afterAll(async () => {
  killAll();
  await kube.close();
});

async function tokenOf(name: string, forWhom: string): Promise<string> {
  return (await server.run(["create", "token", name, "-n", namespace, `--audience=${forWhom}`])).trim();
}

function post(event: unknown, mode: Mode, bearer: string | undefined = token): Promise<Answer> {
  const { headers, body } = messageOf(event, mode);
  const shown = bearer === "" ? {} : { authorization: `Bearer ${bearer}` };
  return sendTo(running.port, { headers: { ...headers, ...shown }, body });
}

function stageEvent(stage: string, name: string): object {
  const [kind] = stage.split(".");
  const subject = `/apis/${apiVersion}/namespaces/${namespace}-open/${kind}s/${name}`;
  return { specversion: "1.0", id: `test.${stage}`, source: "/test", type: `com.rock8s.integration.${stage}`, subject };
}

function own(kind: "Plug" | "Socket", name: string, spec: object): KubeObject {
  return { apiVersion, kind, metadata: { namespace: `${namespace}-open`, name }, spec };
}

describe("plugboard serve on a real API server", () => {
  test.each([
    ["none", async () => "", 401],
    ["one for another audience", () => tokenOf("caller", "another"), 401],
    [
      "one for the API server itself",
      async () => (await server.run(["create", "token", "caller", "-n", namespace])).trim(),
      401,
    ],
    ["one of another account", () => tokenOf("stranger", audience), 401],
    ["one of the account that may call", () => tokenOf("caller", audience), 204],
  ])("judges the tokens that the API server makes out: %s", async (_what, make, status) => {
    const answer = await post(stageEvent("plug.create", "missing"), "binary", await make());
    expect([answer.status, answer.headers["plugboard-why"]]).toEqual([
      status,
      status === 204 ? "there is no such plug" : undefined,
    ]);
  });

  test.each([...sampleEvents()].flatMap(([stage, event]) => modes.map((mode) => [stage, mode, event] as const)))(
    "has nothing to do for the sample event of %s in %s mode, as its objects are not there",
    async (_stage, mode, event) => {
      const answer = await post(event, mode);
      expect([answer.status, answer.headers["plugboard-why"]]).toEqual([204, expect.stringMatching(/\w/)]);
    },
  );

  test("couples a plug that an ApiServerSource tells it of, under the trace of who asked first", async () => {
    const template = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "heard" },
      data: { text: "{% .socketConfig.greeting %}" },
    };
    const socket = own("Socket", "greeter", { config: { greeting: "good morning" } });
    const plug = own("Plug", "visitor", { socket: { name: "greeter" }, resources: [{ template }] });
    for (const object of [socket, plug]) await kube.create(object);
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    expect((await post({ ...stageEvent("plug.create", "visitor"), traceparent }, "structured")).status).toBe(200);
    const ran = new Set<string>();
    for (let still = true; still; ) {
      still = false;
      for (const { kind, metadata } of [socket, plug]) {
        const seen = {
          specversion: "1.0",
          id: "1",
          source: "https://10.96.0.1:443",
          type: "dev.knative.apiserver.ref.update",
          kind,
          apiversion: apiVersion,
          ...metadata,
        };
        const due = eventOf(await post(seen, "binary"));
        if (due === undefined) continue;
        still = true;
        ran.add(due.type);
        const fact = eventOf(await post(due, "binary"));
        if (kind === "Plug")
          expect([due, fact].map((event) => event?.["traceparent"])).toEqual([
            expect.stringMatching("4bf92f3577b34da6a3ce929d0e0e4736"),
            expect.stringMatching("4bf92f3577b34da6a3ce929d0e0e4736"),
          ]);
        if (ran.size > 12) throw new Error(`no end of it: ${[...ran].join(", ")}`);
      }
    }
    const coupled = await kube.get({ apiVersion, kind: "Plug", namespace: `${namespace}-open`, name: "visitor" });
    expect(conditionOf(coupled, "Ready")).toMatchObject({ status: "True" });
    expect(coupled?.metadata).toMatchObject({
      finalizers: [finalizer],
      annotations: { "integration.rock8s.com/traceparent": traceparent },
    });
    expect(
      await kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace: `${namespace}-open`, name: "heard" }),
    ).toMatchObject({ data: { text: "good morning" } });
  });
});
