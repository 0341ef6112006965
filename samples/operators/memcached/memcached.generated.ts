import type { StoredMeta } from "plugboard/operator";

export interface Memcached {
  readonly apiVersion: string;
  readonly kind: "Memcached";
  readonly metadata: StoredMeta;
  readonly spec: { readonly size: number; readonly memoryMegabytes?: number | undefined };
  readonly status?: { readonly step?: string | undefined } | undefined;
}

declare module "plugboard/operator" {
  interface Kinds {
    readonly "cache.example.com/v1alpha1/Memcached": Memcached;
  }
}
