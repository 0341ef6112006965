import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { createAuthenticator, remoteIssuer } from "../../../../eventing/http/serving/oidc.ts";
import { systemClock } from "../../../../kit/clock.ts";
import { Unavailable } from "../../../../kit/errors.ts";
import { makeCertificate } from "../../../../templates/library/x509.ts";

/** What an issuer on this machine answers, by path. */
const documents = new Map<string, unknown>();
const trusted = getCACertificates("default");
let server: Server;
let issuer: string;

beforeAll(async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const request = {
    commonName: "issuer",
    addresses: ["127.0.0.1"],
    names: [],
    notBefore: new Date(Date.now() - 60_000),
    days: 1,
    authority: true,
    serial: Uint8Array.from([0x40, ...randomBytes(15)]),
  };
  const cert = makeCertificate(request, privateKey, { key: privateKey, certificate: undefined });
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  server = createServer({ cert, key }, ({ url = "" }, response) => {
    const document = documents.get(url);
    if (document === undefined) response.writeHead(302, { location: "/elsewhere" }).end();
    else response.end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  setDefaultCACertificates([...trusted, cert]);
});
afterAll(() => {
  setDefaultCACertificates(trusted);
  server.closeAllConnections();
  server.close();
});

describe("an issuer outside the cluster", () => {
  test("is asked over https who it is and for its keys, and its tokens count", async () => {
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    documents.set("/.well-known/openid-configuration", { issuer, jwks_uri: `${issuer}/keys` });
    documents.set("/keys", { keys: [{ ...(await exportJWK(publicKey)), kid: "one", alg: "ES256" }] });
    const authenticate = createAuthenticator({
      audience: "plugboard",
      subjects: ["me"],
      findIssuer: () => remoteIssuer(issuer),
      clock: systemClock,
    });
    const sign = (iss: string): Promise<string> =>
      new SignJWT({ iss, aud: "plugboard", sub: "me" })
        .setProtectedHeader({ alg: "ES256", kid: "one" })
        .setExpirationTime("10m")
        .sign(privateKey);
    await authenticate(`Bearer ${await sign(issuer)}`);
    await expect(authenticate(`Bearer ${await sign(`${issuer}/`)}`)).rejects.toThrow(/\(iss\)/);
  });

  const about: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["says that it is another", () => ({ issuer: "https://evil.example", jwks_uri: `${issuer}/keys` }), /names itself/],
    [
      "has its keys at an address that is not https",
      () => ({ issuer, jwks_uri: "http://127.0.0.1/keys" }),
      /not https/,
    ],
    ["names no keys", () => ({ issuer }), /lacks issuer or jwks_uri/],
    ["sends elsewhere", () => undefined, /cannot be read/],
  ];
  test.each(about)("is not believed where it %s", async (_what, document, why) => {
    documents.set("/.well-known/openid-configuration", document());
    const found = remoteIssuer(issuer);
    await expect(found).rejects.toThrow(Unavailable);
    await expect(found).rejects.toThrow(why);
  });
});
