import { readFileSync } from "node:fs";
import { Agent, fetch } from "undici";

/** One request, as the API server gets it. */
export interface ApiRequest {
  readonly method?: string;
  readonly path: string;
  readonly body?: object;
  /** The verb by which RBAC knows a PATCH depends on nothing but the method; how it is read, on this. */
  readonly contentType?: string;
  /** As whom it is asked; absent: as the token's own account. */
  readonly as?: string;
  readonly groups?: readonly string[];
}

export interface ApiAnswer {
  readonly code: number;
  readonly message: string;
  readonly body: { readonly [field: string]: unknown };
}

/** Somebody with a token, who may ask anything: what no client would send, too. */
export interface Asker {
  ask(request: ApiRequest): Promise<ApiAnswer>;
}

/** Whoever a kubeconfig of the tests (JSON, with a token) stands for. */
export function askerOf(kubeconfigPath: string): Asker {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfigPath, "utf8"));
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  const ca = Buffer.from(cluster["certificate-authority-data"], "base64").toString();
  const dispatcher = new Agent({ connect: { ca } });
  return {
    async ask({ method = "GET", path, body, contentType = "application/json", as, groups = [] }) {
      const headers = [
        ["authorization", `Bearer ${user.token}`],
        ["content-type", contentType],
        ...(as === undefined ? [] : [["impersonate-user", as]]),
        ...groups.map((group) => ["impersonate-group", group]),
      ] as [string, string][];
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(`${cluster.server}${path}`, { method, headers, dispatcher, ...sent });
      const text = await response.text();
      const answer = parse(text);
      return { code: response.status, message: String(answer["message"] ?? ""), body: answer };
    },
  };
}

/** The answer to a watch is a line for each event, and may be empty. */
function parse(text: string): ApiAnswer["body"] {
  const [line = ""] = text.split("\n");
  return line.startsWith("{") ? JSON.parse(text.includes('\n{"type"') ? line : text) : {};
}
