import { failureOf, parseStatusText } from "../answers/api-status.ts";
import { parseAnswer } from "../answers/kube-object.ts";
import { type CallerParts, counted } from "../api-caller.ts";

const maximumBytes = 1_048_576;

/** Reads a path of the API server that is not a resource, such as /openid/v1/jwks, as JSON. */
export type ReadPath = (path: string) => Promise<unknown>;

/** Makes the reader of one cluster's paths. */
export function pathReader(parts: Omit<CallerParts, "discovery">): ReadPath {
  return async (path) => {
    const request = `read ${path}`;
    // Keys are served only as application/jwk-set+json.
    const headers = { ...parts.headers, accept: "application/json, application/jwk-set+json" };
    const answer = await counted(parts, { verb: "read", kind: path, write: false }, () =>
      parts.transport.send({ request, method: "GET", path, headers, maximumBytes }),
    );
    if (answer.code === 200) return parseAnswer(answer.text, request);
    throw failureOf({ ...answer, request, status: parseStatusText(answer.text), sentBytes: 0 });
  };
}
