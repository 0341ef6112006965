import { type OperatorError, Timeout, Unavailable } from "../../errors.ts";
import { isRecord, readText } from "../answers/kube-object.ts";

/** No answer, or an invalid one. Its message contains our own words only. */
export class Unreachable extends Unavailable {}

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there (connection refused)",
  ENOTFOUND: "its name is unknown",
  EAI_AGAIN: "its name cannot be resolved now",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was closed",
  UND_ERR_SOCKET: "the connection was closed before the answer was complete",
  UND_ERR_DESTROYED: "this client is closed",
  UND_ERR_CLOSED: "this client is closed",
  EHOSTUNREACH: "no route to that host",
  ENETUNREACH: "no route to that network",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name (see tls-server-name in the kubeconfig)",
  CERT_HAS_EXPIRED: "its certificate has expired",
};

const timeouts: ReadonlySet<string> = new Set([
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "ETIMEDOUT",
]);

const untrusted: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);

/** The failure of a request without a complete answer: the address and the cause, never a credential. */
export function networkFailure(error: unknown, address: string, request: string): OperatorError {
  const code = codeOf(error);
  if (timeouts.has(code))
    return new Timeout(`no answer from the API server at ${address} to ${request}`, { cause: error });
  const why = untrusted.has(code)
    ? `its certificate is not signed by the authority of the kubeconfig (${code})`
    : (sentences[code] ?? `the connection failed (${code})`);
  return new Unreachable(`cannot reach the API server at ${address} to ${request}: ${why}`, { cause: error });
}

/** Whether a request failed because its kept-alive connection was stale, so that it may be sent once more. */
export function isStaleConnection(error: unknown): boolean {
  return ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  if (!isRecord(error)) return "unknown cause";
  return (
    readText(error["code"]) ??
    (error["cause"] === undefined ? (readText(error["name"]) ?? "unknown cause") : codeOf(error["cause"]))
  );
}
