import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { createLiveKube, type LiveKube, type LiveKubeOptions } from "../../../kit/live/live-kube.ts";

/** Answers one request; what it does not answer stays open. */
export type Answering = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A small HTTP server that speaks as an API server does, one answer after the other, and misbehaves at will. */
export interface FakeApi {
  readonly kube: LiveKube;
  readonly server: Server;
  readonly address: string;
  /** Everything asked but discovery: `GET /api/v1/…`. */
  readonly asked: string[];
  /** The next answers, in order; the last one also answers whatever follows. */
  answer(...answers: readonly Answering[]): void;
  close(): Promise<void>;
}

const core = {
  resources: [
    { name: "configmaps", kind: "ConfigMap", namespaced: true },
    { name: "secrets", kind: "Secret", namespaced: true },
    { name: "secrets/status", kind: "Secret", namespaced: true },
    { name: "nodes", kind: "Node", namespaced: false },
  ],
};

/** Starts one, with a kubeconfig of these users' fields, and a live Kube on it. */
export async function startFakeApi(
  options: Partial<LiveKubeOptions> = {},
  user: { readonly [field: string]: unknown } = { token: "t0ken" },
): Promise<FakeApi> {
  const asked: string[] = [];
  let answers: readonly Answering[] = [];
  const server = createServer((request, response) => {
    const body: Buffer[] = [];
    request.on("data", (chunk) => body.push(chunk));
    request.on("end", () => {
      if (request.url === "/api/v1") return json(200, core)(request, response, "");
      asked.push(`${request.method} ${request.url}`);
      const [answer = status(500, {}), ...rest] = answers;
      if (rest.length > 0) answers = rest;
      answer(request, response, Buffer.concat(body).toString("utf8"));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeConfig = kubeConfigOf(address, user);
  const kube = createLiveKube({ kubeConfig, userAgent: "test", ...options });
  return {
    kube,
    server,
    address,
    asked,
    answer(...next) {
      answers = next;
    },
    async close() {
      await kube.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A kubeconfig of one cluster and one user. */
export function kubeConfigOf(server: string, user: { readonly [field: string]: unknown }): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(
    JSON.stringify({
      clusters: [{ name: "fake", cluster: { server } }],
      users: [{ name: "fake", user }],
      contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
      "current-context": "fake",
    }),
  );
  return config;
}

/** Answers with JSON. */
export function json(code: number, value: unknown, headers: Record<string, string> = {}): Answering {
  return (_request, response) => {
    response.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
  };
}

/** Answers with a metav1.Status. */
export function status(code: number, fields: object, headers: Record<string, string> = {}): Answering {
  return json(
    code,
    { apiVersion: "v1", kind: "Status", status: "Failure", message: "it says", ...fields, code },
    headers,
  );
}

/** Answers with plain text, as something that is no API server does. */
export function plain(code: number, text: string): Answering {
  return (_request, response) => {
    response.writeHead(code, { "content-type": "text/plain" }).end(text);
  };
}

/** Breaks the connection off. */
export const hangUp: Answering = (request) => {
  request.socket.destroy();
};

/** Never answers. */
export const keepSilent: Answering = () => undefined;
