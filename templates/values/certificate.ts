import type { Json } from "../../kit/kube/port.ts";
import { Opaque, type Value } from "./value.ts";

/** A certificate and its key, both as PEM. */
export class Certificate extends Opaque {
  readonly type = "sprig.certificate";
  readonly kind = "struct";
  readonly cert: string;
  readonly key: string;

  constructor(cert: string, key: string) {
    super();
    this.cert = cert;
    this.key = key;
  }

  get size(): number {
    return this.cert.length + this.key.length + 3;
  }

  print(): string {
    return `{${this.cert} ${this.key}}`;
  }

  override toJson(): Json {
    return { Cert: this.cert, Key: this.key };
  }

  member(name: string): Value | undefined {
    if (name === "Cert") return this.cert;
    return name === "Key" ? this.key : undefined;
  }
}
