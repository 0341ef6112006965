import { generateKeyPairSync } from "node:crypto";
import type { Call } from "../evaluate/rendering.ts";

const units: ReadonlyMap<string, number> = new Map([
  ["", 400_000],
  ["rsa", 400_000],
  ["dsa", 100_000],
  ["ecdsa", 2_000],
  ["ed25519", 2_000],
]);

/** The cost of making a key of this type. */
export function keyUnits(type: string): number {
  return units.get(type) ?? 0;
}

/** A new private key as PEM or, like sprig, the sentence of the error. */
export function makeKey(type: string, call: Call): string {
  if (!units.has(type)) return `Unknown type ${type}`;
  return call.keep(call.identify("genPrivateKey", [type]), () => generate(type));
}

function generate(type: string): string {
  switch (type) {
    case "dsa":
      return generateKeyPairSync("dsa", { modulusLength: 2048, divisorLength: 256 })
        .privateKey.export({ type: "pkcs8", format: "pem" })
        .toString();
    case "ecdsa":
      return generateKeyPairSync("ec", { namedCurve: "P-256" })
        .privateKey.export({ type: "sec1", format: "pem" })
        .toString();
    case "ed25519":
      return generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    default:
      return generateKeyPairSync("rsa", { modulusLength: 4096 })
        .privateKey.export({ type: "pkcs1", format: "pem" })
        .toString();
  }
}
