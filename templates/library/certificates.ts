import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import type { Call } from "../evaluate/rendering.ts";
import { Fault } from "../problems.ts";
import { Certificate } from "../values/certificate.ts";
import type { List } from "../values/value.ts";
import { weighAll } from "./cost.ts";
import { type Cost, define, type TemplateFunction } from "./function.ts";
import { keyUnits, makeKey } from "./keys.ts";
import { anyList, certificate, text, wholeNumber } from "./param.ts";
import { randomBytes } from "./random.ts";
import { type CertificateRequest, type Issuer, makeCertificate, readCertificate, readKey } from "./x509.ts";

const rsaUnits = 40_000;
/** The cost of reading and signing with the largest allowed keys. */
const signatureUnits = 10_000;

/** Keys and certificates: made once at each place, and stored. */
export const certificates: readonly TemplateFunction[] = [
  define("genPrivateKey", [text], keyMaking, (call, type) => makeKey(type, call)),
  define("genCA", [text, wholeNumber], issuing, (call, name, days) =>
    make("genCA", { name, days, authority: true }, call),
  ),
  define("genCAWithKey", [text, wholeNumber, text], signing, (call, name, days, key) =>
    make("genCAWithKey", { name, days, authority: true, key }, call),
  ),
  define("genSelfSignedCert", [text, anyList, anyList, wholeNumber], issuing, (call, name, addresses, names, days) =>
    make("genSelfSignedCert", { name, days, addresses, names }, call),
  ),
  define(
    "genSelfSignedCertWithKey",
    [text, anyList, anyList, wholeNumber, text],
    signing,
    (call, name, addresses, names, days, key) =>
      make("genSelfSignedCertWithKey", { name, days, addresses, names, key }, call),
  ),
  define(
    "genSignedCert",
    [text, anyList, anyList, wholeNumber, certificate],
    issuing,
    (call, name, addresses, names, days, issuer) =>
      make("genSignedCert", { name, days, addresses, names, issuer }, call),
  ),
  define(
    "genSignedCertWithKey",
    [text, anyList, anyList, wholeNumber, certificate, text],
    signing,
    (call, name, addresses, names, days, issuer, key) =>
      make("genSignedCertWithKey", { name, days, addresses, names, issuer, key }, call),
  ),
  define("buildCustomCert", [text, text], parsing, (_, cert, key) => custom(cert, key)),
];

function keyMaking([type]: readonly [string]): Cost {
  return { units: keyUnits(type) + type.length / 16 };
}

/** Makes a key, and a certificate for it. */
function issuing(given: readonly unknown[], call: Call): Cost {
  return { units: rsaUnits + signing(given, call).units };
}

function signing(given: readonly unknown[], call: Call): Cost {
  return { units: signatureUnits + 2 * weighAll(given, call) };
}

function parsing(given: readonly unknown[], call: Call): Cost {
  return { units: 1_000 + 2 * weighAll(given, call) };
}

interface Wanted {
  readonly name: string;
  readonly days: number;
  readonly authority?: boolean;
  readonly addresses?: List;
  readonly names?: List;
  readonly issuer?: Certificate;
  readonly key?: string;
}

function make(functionName: string, wanted: Wanted, call: Call): Certificate {
  const addresses = textsOf(wanted.addresses, call);
  const names = textsOf(wanted.names, call);
  for (const address of addresses)
    if (isIP(address) === 0) throw new Fault("error parsing an IP address of the certificate");
  const given = [
    wanted.name,
    String(wanted.days),
    addresses.join(),
    names.join(),
    wanted.issuer?.cert ?? "",
    wanted.key ?? "",
  ];
  const serial = randomBytes(call, functionName, given, 16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const request = {
    commonName: wanted.name,
    addresses,
    names,
    notBefore: call.memory.now,
    days: wanted.days,
    authority: wanted.authority === true,
    serial,
  };
  const kept = call.keep(call.identify(functionName, given), () => JSON.stringify(issue(request, wanted)));
  return parsed(kept);
}

function issue(request: CertificateRequest, wanted: Wanted): readonly [string, string] {
  const key =
    wanted.key === undefined ? generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey : readKey(wanted.key);
  return [
    makeCertificate(request, key, issuerOf(wanted.issuer, key)),
    wanted.key ?? key.export({ type: "pkcs1", format: "pem" }).toString(),
  ];
}

function issuerOf(issuer: Certificate | undefined, key: KeyObject): Issuer {
  if (issuer === undefined) return { key, certificate: undefined };
  return { key: readKey(issuer.key), certificate: readCertificate(issuer.cert) };
}

function parsed(kept: string): Certificate {
  const value: unknown = JSON.parse(kept);
  const [cert, key] = Array.isArray(value) ? value : [];
  if (typeof cert !== "string" || typeof key !== "string") throw new Fault("what was kept of a certificate is none");
  return new Certificate(cert, key);
}

function textsOf(list: List | undefined, call: Call): readonly string[] {
  return (list?.items ?? []).map((item) => text.read(item, call, false));
}

function custom(cert: string, key: string): Certificate {
  const [certText, keyText] = [cert, key].map((encoded) => Buffer.from(encoded, "base64").toString("utf8"));
  readCertificate(certText ?? "");
  readKey(keyText ?? "");
  return new Certificate(certText ?? "", keyText ?? "");
}
