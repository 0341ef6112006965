const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there (connection refused)",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was closed",
  ENOTFOUND: "its name is unknown",
  EAI_AGAIN: "its name cannot be resolved now",
  UND_ERR_SOCKET: "the connection was closed before the answer was complete",
  UND_ERR_CONNECT_TIMEOUT: "the connection took too long",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the answer has another length than its header says",
  UND_ERR_HEADERS_OVERFLOW: "the headers of the answer are too large",
  EHOSTUNREACH: "no route to that host",
  ENETUNREACH: "no route to that network",
  ETIMEDOUT: "the connection took too long",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not signed by a trusted authority",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not signed by a trusted authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not signed by a trusted authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is not signed by a trusted authority",
};

/** Why a connection failed, in our words. Never the text of the error: it may repeat data of the other side. */
export function whyConnectionFailed(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown cause";
  return sentences[code] ?? `the connection failed (${code.replace(/[^A-Za-z0-9_ ]/g, "").slice(0, 60)})`;
}
