import { afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { createAuthenticator, type OidcOptions, remoteIssuer } from "../../../../eventing/http/serving/oidc.ts";
import { Forbidden, InvalidInput, Unavailable } from "../../../../kit/errors.ts";
import { createMemoryCluster } from "../../../../kit/memory/cluster.ts";
import { sampleEvents } from "../../../samples/sample-files.ts";
import { handClock } from "../../../worlds/hand-clock.ts";
import { makeWorld } from "../../../worlds/worlds.ts";
import { messageOf, serveOn } from "../served.ts";

const issuer = "https://kubernetes.default.svc.cluster.local";
const audience = "plugboard-plug-create";
const broker = "system:serviceaccount:knative-eventing:mt-broker-filter-oidc";

interface Keys {
  readonly kid: string;
  readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];
  readonly publicKey: JWK;
}

async function makeKeys(kid: string, alg = "RS256"): Promise<Keys> {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  return { kid, privateKey, publicKey: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

let [first, second, elliptic]: Keys[] = [];
beforeAll(async () => {
  [first, second, elliptic] = await Promise.all([makeKeys("one"), makeKeys("two"), makeKeys("three", "ES256")]);
});

afterEach(() => {
  jest.restoreAllMocks();
});

interface Claims {
  readonly iss?: string;
  readonly aud?: string | readonly string[];
  readonly sub?: string | undefined;
  readonly exp?: number | undefined;
  readonly alg?: string;
}

function token(keys: Keys | undefined, claims: Claims = {}): Promise<string> {
  if (keys === undefined) throw new Error("no keys yet");
  const { alg = keys.publicKey.alg ?? "", ...given } = claims;
  const now = Math.floor(Date.now() / 1_000);
  const payload = Object.entries({ iss: issuer, aud: audience, sub: broker, exp: now + 600, ...given });
  return new SignJWT(Object.fromEntries(payload.filter(([, value]) => value !== undefined)))
    .setProtectedHeader({ alg, kid: keys.kid })
    .sign(keys.privateKey);
}

/** An issuer whose keys can be changed, and which counts how often they are read. */
function makeIssuer(): { keys: (Keys | undefined)[]; fails: Error | undefined; reads: number } & Pick<
  OidcOptions,
  "findIssuer"
> {
  const made = {
    keys: [first, elliptic],
    fails: undefined as Error | undefined,
    reads: 0,
    findIssuer: async () => ({
      issuer,
      keysAt: "/openid/v1/jwks",
      read: async () => {
        made.reads += 1;
        if (made.fails !== undefined) throw made.fails;
        return { keys: made.keys.map((one) => one?.publicKey) };
      },
    }),
  };
  return made;
}

function authenticator(own = makeIssuer()): ReturnType<typeof createAuthenticator> {
  const clock = { now: () => Date.now(), after: () => () => {} };
  return createAuthenticator({ audience, subjects: [broker, "another"], findIssuer: own.findIssuer, clock });
}

describe("who shows a token", () => {
  test("may call where it is signed by the issuer, for this audience, and its subject is on the list", async () => {
    const authenticate = authenticator();
    await authenticate(`Bearer ${await token(first)}`);
    await authenticate(`bearer ${await token(elliptic, { aud: ["other", audience] })}`);
    await authenticate(`Bearer ${await token(first, { sub: "another" })}`);
  });

  const now = Math.floor(Date.now() / 1_000);
  const wrong: readonly (readonly [string, () => Promise<string | undefined> | string, RegExp])[] = [
    ["no token", () => Promise.resolve(undefined), /requires a token/],
    ["a password", () => "Basic dXNlcjpwYXNz", /requires a token/],
    ["text that is no token", () => "Bearer x", /not a signed JWT/],
    ["another audience", async () => `Bearer ${await token(first, { aud: "other" })}`, /\(aud\)/],
    ["another issuer", async () => `Bearer ${await token(first, { iss: "https://evil.example" })}`, /\(iss\)/],
    ["no end", async () => `Bearer ${await token(first, { exp: undefined })}`, /\(exp\)/],
    ["an end that is over", async () => `Bearer ${await token(first, { exp: now - 60 })}`, /has expired/],
    ["no subject", async () => `Bearer ${await token(first, { sub: undefined })}`, /\(sub\)/],
    ["a subject that is not on the list", async () => `Bearer ${await token(first, { sub: `${broker}x` })}`, /subject/],
    ["a subject in another case", async () => `Bearer ${await token(first, { sub: broker.toUpperCase() })}`, /subject/],
    [
      "a key that the issuer does not have",
      async () => `Bearer ${await token(second)}`,
      /not signed by a key of the issuer/,
    ],
    [
      "a signature of another key",
      async () => `Bearer ${await token({ ...(second as Keys), kid: "one" })}`,
      /not signed by the key/,
    ],
    [
      "another algorithm of the same key",
      async () => `Bearer ${await token(first, { alg: "RS512" }).catch(() => forged("RS512"))}`,
      /\w/,
    ],
    ["no signature", () => `Bearer ${forged("none")}`, /an algorithm other|not a signed JWT/],
    ["its public key as a secret", () => `Bearer ${forged("HS256")}`, /an algorithm other/],
    [
      "a changed claim",
      async () =>
        `Bearer ${(await token(first)).replace(/\.[^.]+\./, `.${encoded({ iss: issuer, aud: audience, sub: broker, exp: now + 9_999 })}.`)}`,
      /not signed by the key/,
    ],
  ];
  test.each(wrong)("may not call with %s, and is told why without it", async (_what, make, why) => {
    const authorization = await make();
    const refused = await authenticator()(authorization).then(
      () => "let in",
      (error: Error) => error,
    );
    expect(refused).toMatchObject({ name: "Unauthorized", message: expect.stringMatching(why) });
    const secret = authorization?.split(" ")[1] ?? "?";
    if (secret.length > 3) expect(String(refused)).not.toContain(secret);
  });
});

describe("the keys of the issuer", () => {
  test("are read once for many, and again for a key that is new, though not for each that is made up", async () => {
    const own = makeIssuer();
    const authenticate = authenticator(own);
    const authorization = `Bearer ${await token(first)}`;
    await Promise.all(Array.from({ length: 20 }, () => authenticate(authorization)));
    expect(own.reads).toBe(1);
    const made = Array.from({ length: 20 }, async (_, index) =>
      authenticate(`Bearer ${await token({ ...(second as Keys), kid: `made-up-${index}` })}`).catch(({ name }) => name),
    );
    expect(new Set(await Promise.all(made))).toEqual(new Set(["Unauthorized"]));
    expect(own.reads).toBe(1);
    own.keys = [second];
    const later = Date.now() + 31_000;
    jest.spyOn(Date, "now").mockReturnValue(later);
    await authenticate(`Bearer ${await token(second)}`);
    expect(own.reads).toBe(2);
    await expect(authenticate(authorization)).rejects.toThrow(/not signed by a key of the issuer/);
  });

  test("that cannot be had are no fault of the token", async () => {
    const own = makeIssuer();
    const authenticate = authenticator(own);
    for (const failure of [new Unavailable("down"), new Forbidden("no right")]) {
      own.fails = failure;
      await expect(authenticator(own)(`Bearer ${await token(first)}`)).rejects.toBe(failure);
    }
    own.fails = undefined;
    await authenticate(`Bearer ${await token(first)}`);
  });

  test("of an issuer that is none are not taken", async () => {
    await expect(remoteIssuer("https://127.0.0.1:1")).rejects.toThrow(Unavailable);
  });
});

describe("a function with an audience", () => {
  test("answers 401 to who shows no good token, 503 where that cannot be judged, and tells everyone how it is", async () => {
    const { kube } = createMemoryCluster({ clock: handClock() });
    const own = makeIssuer();
    await using served = await serveOn({ kube, names: ["plug.create"], authenticate: authenticator(own) });
    const { headers, body } = messageOf(sampleEvents().get("plug.create"), "structured");
    const send = (authorization?: string) =>
      served.send({ headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) }, body });
    const nothing = await send();
    expect([nothing.status, nothing.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
    for (const failure of [new Unavailable("down"), new InvalidInput("no such path")]) {
      own.fails = failure;
      await using judging = await serveOn({ kube, names: ["plug.create"], authenticate: authenticator(own) });
      const good = { ...headers, authorization: `Bearer ${await token(first)}` };
      expect((await judging.send({ headers: good, body })).status).toBe(503);
    }
    expect((await served.send({ method: "GET", path: "/healthz" })).status).toBe(200);
    expect((await served.send({ method: "GET", path: "/readyz" })).status).toBe(200);
  });

  test("runs its stage for who may call, and tells the others what was wrong", async () => {
    const { cluster } = await makeWorld();
    await using served = await serveOn({ kube: cluster.kube, names: ["plug.create"], authenticate: authenticator() });
    const { headers, body } = messageOf(sampleEvents().get("plug.create"), "structured");
    const send = (authorization: string | string[]) => {
      const shown: { readonly [name: string]: string | string[] } = { authorization };
      return served.send({ headers: { ...headers, ...shown }, body });
    };
    const good = `Bearer ${await token(first)}`;
    expect((await send(good)).status).toBe(204);
    const bad = await send(`Bearer ${await token(second)}`);
    expect([bad.status, bad.headers["www-authenticate"], String(bad.body)]).toEqual([
      401,
      'Bearer error="invalid_token"',
      "the token is not signed by a key of the issuer\n",
    ]);
    expect((await send([good, good])).status).toBe(401);
  });
});

/** A token whose header claims an algorithm that nobody signed with. */
function forged(alg: string): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { iss: issuer, aud: audience, sub: broker, exp: now + 600 };
  return `${encoded({ alg, kid: "one" })}.${encoded(claims)}.${alg === "none" ? "" : encoded({ not: "signed" })}`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
