import { failureOf, parseStatusText } from "../answers/api-status.ts";
import { parseAnswer } from "../answers/kube-object.ts";
import { type CallerParts, counted } from "../api-caller.ts";
import type { DiscoveryReads } from "./discovery.ts";
import { groupVersionPath } from "./resource-path.ts";

const pathBytesAtMost = 1_048_576;

/** Reads a path of the API server that is not a resource, such as /openid/v1/jwks, as JSON. */
export type ReadPath = (path: string) => Promise<unknown>;

/** Makes the reader of one cluster's paths. */
export function pathReader(parts: Omit<CallerParts, "discovery">): ReadPath {
  return async (path) => {
    const request = `read ${path}`;
    // Keys are served only as application/jwk-set+json.
    const headers = { ...parts.headers, accept: "application/json, application/jwk-set+json" };
    const answer = await counted(parts, { verb: "read", kind: path, write: false }, () =>
      parts.transport.send({ request, method: "GET", path, headers, maximumBytes: pathBytesAtMost }),
    );
    if (answer.code === 200) return parseAnswer(answer.text, request);
    throw failureOf({ ...answer, request, status: parseStatusText(answer.text), sentBytes: 0 });
  };
}

const discoveryBytesAtMost = 8 * 1_048_576;

/** Reads from the cluster which kinds of a group and version it serves: small answers, and only for kinds in use. */
export function discoveryReads(parts: Omit<CallerParts, "discovery">): DiscoveryReads {
  const read = async (what: string, kind: string, path: string): Promise<unknown> => {
    const request = `discover ${what}`;
    const fact = { verb: "discover", kind, write: false };
    const headers = { ...parts.headers, accept: "application/json" };
    const answer = await counted(parts, fact, () =>
      parts.transport.send({ request, method: "GET", path, headers, maximumBytes: discoveryBytesAtMost }),
    );
    if (answer.code === 404) return undefined;
    if (answer.code === 200) return parseAnswer(answer.text, request);
    throw failureOf({ ...answer, request, status: parseStatusText(answer.text), sentBytes: 0 });
  };
  return {
    resources: (apiVersion) => read(apiVersion, "APIResourceList", groupVersionPath(apiVersion)),
    group: (group) => read(group, "APIGroup", `/apis/${encodeURIComponent(group)}`),
  };
}
