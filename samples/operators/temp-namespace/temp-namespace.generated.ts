import type { StoredMeta } from "plugboard/operator";

export interface TempNamespace {
  readonly apiVersion: string;
  readonly kind: "TempNamespace";
  readonly metadata: StoredMeta;
  readonly spec: { readonly lifetimeSeconds: number; readonly labels?: { readonly [key: string]: string } | undefined };
  readonly status?: { readonly namespace?: string | undefined } | undefined;
}

declare module "plugboard/operator" {
  interface Kinds {
    readonly "example.com/v1alpha1/TempNamespace": TempNamespace;
  }
}
