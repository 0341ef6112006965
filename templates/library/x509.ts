import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, X509Certificate } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  Certificate as AsnCertificate,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { Fault } from "../problems.ts";

/** The contents of a certificate. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly addresses: readonly string[];
  readonly names: readonly string[];
  readonly notBefore: Date;
  readonly days: number;
  readonly authority: boolean;
  readonly serial: Uint8Array;
}

/** The signer of a certificate. Without a certificate of its own, the new certificate is self-signed. */
export interface Issuer {
  readonly key: KeyObject;
  readonly certificate: X509Certificate | undefined;
}

const commonNameId = "2.5.4.3";
const dayMilliseconds = 86_400_000;

/** A certificate for the key, as PEM. @throws Fault */
export function makeCertificate(request: CertificateRequest, key: KeyObject, issuer: Issuer): string {
  const signature = algorithmOf(issuer.key);
  const publicKey = createPublicKey(key).export({ type: "spki", format: "der" });
  const statement = new TBSCertificate({
    version: Version.v3,
    serialNumber: Uint8Array.from(request.serial).buffer,
    signature,
    issuer: issuer.certificate === undefined ? nameOf(request.commonName) : subjectOf(issuer.certificate),
    validity: validityOf(request),
    subject: nameOf(request.commonName),
    subjectPublicKeyInfo: AsnConvert.parse(publicKey, SubjectPublicKeyInfo),
    extensions: new Extensions(extensionsOf(request, issuer)),
  });
  const signed = sign(digestOf(issuer.key), Buffer.from(AsnConvert.serialize(statement)), issuer.key);
  const certificate = new AsnCertificate({
    tbsCertificate: statement,
    signatureAlgorithm: signature,
    signatureValue: Uint8Array.from(signed).buffer,
  });
  return pem("CERTIFICATE", Buffer.from(AsnConvert.serialize(certificate)));
}

/** The bytes in PEM format. */
export function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The key in a PEM text. @throws Fault */
export function readKey(text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw new Fault("unable to parse the private key; expected PEM");
  }
}

/** The certificate in a PEM text. @throws Fault */
export function readCertificate(text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw new Fault("unable to decode the certificate; expected PEM");
  }
}

function validityOf({ notBefore, days }: CertificateRequest): Validity {
  const start = new Date(Math.floor(notBefore.getTime() / 1000) * 1000);
  const end = new Date(start.getTime() + days * dayMilliseconds);
  if (!(end.getUTCFullYear() < 10_000 && end.getUTCFullYear() > 0))
    throw new Fault("a certificate cannot be valid for so many days");
  return new Validity({ notBefore: start, notAfter: end });
}

function nameOf(commonName: string): Name {
  const value = new AttributeValue({ utf8String: commonName });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: commonNameId, value })])]);
}

function subjectOf(certificate: X509Certificate): Name {
  return AsnConvert.parse(certificate.raw, AsnCertificate).tbsCertificate.subject;
}

function algorithmOf(key: KeyObject): AlgorithmIdentifier {
  switch (key.asymmetricKeyType) {
    case "rsa":
      return new AlgorithmIdentifier({ algorithm: "1.2.840.113549.1.1.11", parameters: null });
    case "ec":
      return new AlgorithmIdentifier({ algorithm: "1.2.840.10045.4.3.2" });
    case "ed25519":
      return new AlgorithmIdentifier({ algorithm: "1.3.101.112" });
    default:
      throw new Fault(
        `certificates are not signed with ${key.asymmetricKeyType ?? "such"} keys; expected rsa, ecdsa or ed25519`,
      );
  }
}

function digestOf(key: KeyObject): string | null {
  return key.asymmetricKeyType === "ed25519" ? null : "sha256";
}

function extensionsOf(request: CertificateRequest, issuer: Issuer): Extension[] {
  const flags =
    KeyUsageFlags.digitalSignature |
    KeyUsageFlags.keyEncipherment |
    (request.authority ? KeyUsageFlags.keyCertSign : 0);
  const own = keyIdentifierOf(issuer.key);
  const names = [
    ...request.names.map((dNSName) => new GeneralName({ dNSName })),
    ...request.addresses.map((iPAddress) => new GeneralName({ iPAddress })),
  ];
  return [
    extension(id_ce_keyUsage, true, new KeyUsage(flags)),
    extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth, id_kp_clientAuth])),
    extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: request.authority })),
    ...(request.authority ? [extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(own))] : []),
    ...(issuer.certificate === undefined
      ? []
      : [
          extension(
            id_ce_authorityKeyIdentifier,
            false,
            new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(own) }),
          ),
        ]),
    ...(names.length === 0 ? [] : [extension(id_ce_subjectAltName, false, new SubjectAlternativeName(names))]),
  ];
}

function extension(extnID: string, critical: boolean, content: object): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(content)) });
}

/** The key identifier of RFC 5280: SHA-1 of the bits of the public key. */
function keyIdentifierOf(key: KeyObject): ArrayBuffer {
  const info = AsnConvert.parse(createPublicKey(key).export({ type: "spki", format: "der" }), SubjectPublicKeyInfo);
  return Uint8Array.from(createHash("sha1").update(Buffer.from(info.subjectPublicKey)).digest()).buffer;
}
