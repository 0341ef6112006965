// Made by `plugboard operator types`. Do not edit.
import type { StoredMeta } from "plugboard/operator";

export interface Memcached {
  readonly apiVersion: "cache.example.com/v1alpha1";
  readonly kind: "Memcached";
  readonly metadata: StoredMeta;
  readonly spec: {
    /** The number of servers; an odd number. */
    readonly size: number;
    /** The memory of one server. */
    readonly memoryMegabytes?: number | undefined;
  };
  readonly status?: {
    /** The step that waits, or done. */
    readonly step?: string | undefined;
    readonly stepsReady?: number | undefined;
    readonly readyServers?: number | undefined;
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
    readonly "cache.example.com/v1alpha1/Memcached": Memcached;
  }
}
