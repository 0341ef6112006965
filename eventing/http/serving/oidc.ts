import type { JWTPayload, JWTVerifyGetKey } from "jose";
import type { Clock } from "../../../kit/clock.ts";
import { OperatorError, Unavailable } from "../../../kit/errors.ts";
import { shared } from "../../../kit/shared.ts";
import { Unauthorized } from "./function-endpoint.ts";

/** The issuer of accepted tokens, and the address of its keys. */
export interface Issuer {
  readonly issuer: string;
  /** The address of its keys: a URL, or a path of the API server. */
  readonly keysAt: string;
  /** Reads JSON from this address, and from the issuer's own document. */
  readonly read: (at: string) => Promise<unknown>;
}

export interface OidcOptions {
  /** The required audience of tokens. */
  readonly audience: string;
  /** The subjects that may call, compared with the `sub` of a token; at least one. */
  readonly subjects: readonly string[];
  /** Called at the first use, and again after a failure. */
  readonly findIssuer: () => Promise<Issuer>;
  readonly clock: Clock;
}

/** The tolerated difference of clocks, in seconds. */
const toleranceSeconds = 10;
/**
 * How long a failure to read the keys is the answer to other requests, too, so that many tokens do not cause many
 * requests.
 */
const failureMilliseconds = 1_000;

/**
 * Authenticates requests by their bearer token: signed by the issuer, for this audience, with a listed subject.
 * Keys are read at the first use, and again for an unknown key, at most every half minute.
 * The returned function throws Unauthorized, or Unavailable if the keys cannot be read.
 */
export function createAuthenticator(options: OidcOptions): (authorization: string | undefined) => Promise<void> {
  const verifier = shared(() => loadVerifier(options), { clock: options.clock, failureMilliseconds });
  return async (authorization) => {
    const token = bearerOf(authorization);
    const verify = await verifier();
    const { sub } = await verify(token);
    if (sub === undefined || !options.subjects.includes(sub))
      throw new Unauthorized("the subject of the token may not call this function");
  };
}

function bearerOf(authorization: string | undefined): string {
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(authorization ?? "")?.[1];
  if (token !== undefined) return token;
  throw new Unauthorized("this function requires a token: Authorization: Bearer <token>");
}

type Verify = (token: string) => Promise<JWTPayload>;

/** Loaded here, because a process that verifies no tokens does not need the package. */
async function loadVerifier({ audience, findIssuer, clock }: OidcOptions): Promise<Verify> {
  const { createRemoteJWKSet, customFetch, jwtVerify, errors } = await import("jose");
  const { issuer, keysAt, read } = await findIssuer();
  const readKeys = shared(() => read(keysAt), { clock, milliseconds: 0, failureMilliseconds });
  // The address only identifies the keys: they are read like the issuer's document.
  const keys: JWTVerifyGetKey = createRemoteJWKSet(new URL(keysAt, "https://issuer.invalid"), {
    [customFetch]: async () => Response.json(await readKeys()),
  });
  return async (token) => {
    try {
      const currentDate = new Date(clock.now());
      const checks = { issuer, audience, algorithms: ["RS256", "ES256"], requiredClaims: ["exp", "sub"] };
      return (await jwtVerify(token, keys, { ...checks, currentDate, clockTolerance: toleranceSeconds })).payload;
    } catch (cause) {
      if (cause instanceof OperatorError) throw cause;
      const why = reasons(errors).find(([kind]) => cause instanceof kind)?.[1];
      if (why === undefined) throw new Unavailable("the keys of the token issuer cannot be read", { cause });
      const claim = cause instanceof errors.JWTClaimValidationFailed ? ` (${cause.claim})` : "";
      throw new Unauthorized(`${why}${claim}`);
    }
  };
}

/** The message for an invalid token; it contains nothing of the token. Other errors are not the token's fault. */
function reasons(
  errors: typeof import("jose")["errors"],
): readonly (readonly [abstract new (...given: never[]) => Error, string])[] {
  return [
    [errors.JWTExpired, "the token has expired"],
    [errors.JWTClaimValidationFailed, "a claim of the token is invalid"],
    [errors.JWSSignatureVerificationFailed, "the token is not signed by the key it names"],
    [errors.JWKSNoMatchingKey, "the token is not signed by a key of the issuer"],
    [errors.JWKSMultipleMatchingKeys, "the token does not say which key signed it"],
    [errors.JOSEAlgNotAllowed, "the token is signed with an algorithm other than RS256 and ES256"],
    [errors.JOSENotSupported, "the token is signed with an algorithm other than RS256 and ES256"],
    [errors.JWSInvalid, "the token is not a signed JWT"],
    [errors.JWTInvalid, "the token is not a signed JWT"],
  ];
}

/**
 * The issuer that the API server names for tokens of its service accounts.
 * Its keys are read from the API server: its public address is often unreachable from a Pod.
 */
export async function clusterIssuer(read: (path: string) => Promise<unknown>): Promise<Issuer> {
  const { issuer } = parseDiscovery(await read("/.well-known/openid-configuration"));
  return { issuer, keysAt: "/openid/v1/jwks", read };
}

/** An issuer that is reached over the network, by https only. */
export async function remoteIssuer(issuer: string): Promise<Issuer> {
  const found = parseDiscovery(await readJson(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`));
  if (found.issuer !== issuer)
    throw new Unavailable(`the token issuer at ${issuer} names itself ${JSON.stringify(found.issuer)}`);
  if (!found.keysAt.startsWith("https://"))
    throw new Unavailable(`the token issuer ${issuer} has its keys at an address that is not https`);
  return { issuer, keysAt: found.keysAt, read: readJson };
}

function parseDiscovery(document: unknown): { readonly issuer: string; readonly keysAt: string } {
  const fields = typeof document === "object" && document !== null ? Object.entries(document) : [];
  const [issuer, keysAt] = ["issuer", "jwks_uri"].map((name) => fields.find(([field]) => field === name)?.[1]);
  if (typeof issuer === "string" && typeof keysAt === "string") return { issuer, keysAt };
  throw new Unavailable("the document of the token issuer lacks issuer or jwks_uri");
}

async function readJson(address: string): Promise<unknown> {
  try {
    const response = await fetch(address, { redirect: "error", signal: AbortSignal.timeout(5_000) });
    if (response.status === 200) return await response.json();
    throw new Unavailable(`${address} answered ${response.status}`);
  } catch (cause) {
    if (cause instanceof Unavailable) throw cause;
    throw new Unavailable(`${address} cannot be read`, { cause });
  }
}
