import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Budget } from "../../../templates/evaluate/budget.ts";
import { renderText } from "../../../templates/template.ts";

/** An API server over TLS that serves our kinds and some of Kubernetes' own, and has no objects: enough for every stage to find nothing to do. */
export interface EmptyApiServer extends AsyncDisposable {
  /** Below a folder of its own; its user has a token. */
  readonly kubeconfigPath: string;
}

const token = "let-me-in";

/** Starts one on a free port of this machine. */
export async function startEmptyApiServer(): Promise<EmptyApiServer> {
  const folder = await mkdtemp(join(tmpdir(), "empty-api-server-"));
  const [cert, key] = certificate();
  const server = createServer({ cert, key }, (request, response) => {
    const [code, body] =
      request.headers.authorization === `Bearer ${token}` ? answer(request.url ?? "/") : [401, status(401)];
    response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const kubeconfigPath = join(folder, "kubeconfig");
  await writeFile(kubeconfigPath, kubeconfig(server, cert));
  // For a process of another user, too.
  await chmod(folder, 0o755);
  return {
    kubeconfigPath,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

function certificate(): readonly [cert: string, key: string] {
  const template =
    '{% $c := genSelfSignedCert "127.0.0.1" (list "127.0.0.1") nil 1 %}{% $c.Cert %}{% "\\n---\\n" %}{% $c.Key %}';
  const memory = { now: new Date(), seed: "seed", kept: new Map<string, string>() };
  const data = { values: {}, sensitive: [] };
  const { text } = renderText(template, { data, memory, place: "certificate", engine: "go", budget: new Budget() });
  const [cert = "", key = ""] = text.split("\n---\n");
  return [cert, key];
}

function kubeconfig(server: Server, certificate: string): string {
  const { port } = server.address() as AddressInfo;
  const authority = Buffer.from(certificate).toString("base64");
  return JSON.stringify({
    clusters: [
      { name: "empty", cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority-data": authority } },
    ],
    users: [{ name: "me", user: { token } }],
    contexts: [{ name: "empty", context: { cluster: "empty", user: "me" } }],
    "current-context": "empty",
  });
}

const resources: {
  readonly [group: string]: readonly (readonly [plural: string, kind: string, namespaced: boolean])[];
} = {
  "/api/v1": [
    ["namespaces", "Namespace", false],
    ["secrets", "Secret", true],
    ["configmaps", "ConfigMap", true],
    ["pods", "Pod", true],
    ["services", "Service", true],
  ],
  "/apis/integration.rock8s.com/v1beta1": [
    ["plugs", "Plug", true],
    ["sockets", "Socket", true],
    ["deferredresources", "DeferredResource", true],
  ],
};

function answer(url: string): readonly [code: number, body: unknown] {
  const [path = ""] = url.split("?");
  const served = resources[path];
  if (served !== undefined)
    return [
      200,
      {
        kind: "APIResourceList",
        apiVersion: "v1",
        resources: served.map(([name, kind, namespaced]) => ({ name, kind, namespaced })),
      },
    ];
  const listed = Object.values(resources).some((kinds) => kinds.some(([plural]) => path.endsWith(`/${plural}`)));
  return listed
    ? [200, { kind: "List", apiVersion: "v1", metadata: { resourceVersion: "1" }, items: [] }]
    : [404, status(404, path.split("/").at(-1))];
}

/** With the details that tell an object that is not there from a path that is not served. */
function status(code: number, name?: string): unknown {
  const reason = code === 404 ? "NotFound" : "Unauthorized";
  return { kind: "Status", apiVersion: "v1", status: "Failure", reason, message: reason, code, details: { name } };
}
