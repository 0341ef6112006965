// Made by `plugboard operator types`. Do not edit.
import type { StoredMeta } from "plugboard/operator";

export interface EchoServer {
  readonly apiVersion: "example.com/v1alpha1";
  readonly kind: "EchoServer";
  readonly metadata: StoredMeta;
  readonly spec: {
    /** The port of the Service. */
    readonly port?: number | undefined;
    /** What every request is answered with. */
    readonly text?: string | undefined;
  };
  readonly status?: {
    /** Where the server listens in the cluster. */
    readonly address?: string | undefined;
    readonly observedGeneration?: number | undefined;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string | undefined;
      readonly message?: string | undefined;
      readonly lastTransitionTime?: string | undefined;
      readonly observedGeneration?: number | undefined;
    }[] | undefined;
  } | undefined;
}

declare module "plugboard/operator" {
  interface Kinds {
    readonly "example.com/v1alpha1/EchoServer": EchoServer;
  }
}
