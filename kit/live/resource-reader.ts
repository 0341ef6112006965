import { type CallerParts, counted } from "./api-caller.ts";
import { failureOf, parseStatusText } from "./api-status.ts";
import type { ReadResources } from "./discovery.ts";
import { parseAnswer } from "./kube-object.ts";
import { groupVersionPath } from "./resource-path.ts";

const maximumBytes = 8 * 1_048_576;

/** Asks the cluster what it serves of a group and version: small answers, and only for what is used. */
export function resourceReader(parts: Omit<CallerParts, "discovery">): ReadResources {
  return async (apiVersion) => {
    const request = `discover ${apiVersion}`;
    const fact = { verb: "discover", kind: "APIResourceList", write: false };
    const headers = { ...parts.headers, accept: "application/json" };
    const path = groupVersionPath(apiVersion);
    const answer = await counted(parts, fact, () =>
      parts.transport.send({ request, method: "GET", path, headers, maximumBytes }),
    );
    if (answer.code === 404) return undefined;
    if (answer.code === 200) return parseAnswer(answer.text, request);
    throw failureOf({ ...answer, request, status: parseStatusText(answer.text), sentBytes: 0 });
  };
}
