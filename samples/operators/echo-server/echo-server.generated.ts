import type { StoredMeta } from "plugboard/operator";

export interface EchoServer {
  readonly apiVersion: string;
  readonly kind: "EchoServer";
  readonly metadata: StoredMeta;
  readonly spec: { readonly port?: number | undefined; readonly text?: string | undefined };
  readonly status?: { readonly address?: string | undefined } | undefined;
}

declare module "plugboard/operator" {
  interface Kinds {
    readonly "example.com/v1alpha1/EchoServer": EchoServer;
  }
}
