// Made by `plugboard operator types`. Do not edit.
import type { StoredMeta } from "plugboard/operator";

export interface TempNamespace {
  readonly apiVersion: "example.com/v1alpha1";
  readonly kind: "TempNamespace";
  readonly metadata: StoredMeta;
  readonly spec: {
    /** How long the namespace exists after this object was created. */
    readonly lifetimeSeconds: number;
    /** Labels of the namespace. */
    readonly labels?: { readonly [key: string]: string } | undefined;
  };
  readonly status?: {
    readonly namespace?: string | undefined;
    readonly endsAt?: string | undefined;
    readonly ended?: boolean | undefined;
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
    readonly "example.com/v1alpha1/TempNamespace": TempNamespace;
  }
}
