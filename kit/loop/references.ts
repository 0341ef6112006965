import type { ObjectMeta } from "../kube/port.ts";
import { absent, recordedAt, versionOfApplied, versionSeen } from "./versions.ts";

/** An object that another refers to, as its status records it. */
export interface Reference {
  readonly apiVersion?: string | undefined;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly uid?: string | undefined;
  /** The version it had: see versions.ts. */
  readonly version?: string | undefined;
}

/**
 * What an observer knows of an object: its metadata, that it is gone, or nothing (not watched, or its view lags behind
 * what was recorded).
 */
export type Sight =
  | { readonly known: false }
  | {
      readonly known: true;
      readonly metadata: ObjectMeta | undefined;
      /**
       * What `versionOfApplied` gives for the object; may be absent for references that recorded another kind of
       * version.
       */
      readonly applied?: string | undefined;
    };

/** What is known of an object whose whole metadata was read. */
export function sightOf(metadata: ObjectMeta | undefined, fieldManager: string): Sight {
  if (metadata === undefined) return { known: true, metadata };
  return { known: true, metadata, applied: versionOfApplied(metadata, fieldManager) };
}

/** Nothing is known of it. */
export const unknown: Sight = { known: false };

/**
 * The version of the object that the observer sees now.
 * If the observer knows nothing of the object: the recorded version, so that the object counts as unchanged.
 */
export function versionNow({ version = absent }: Pick<Reference, "version">, sight: Sight): string {
  return sight.known ? versionSeen(version, sight.metadata, sight.applied) : version;
}

/**
 * Whether the recorded version is newer than what the watch has shown so far (resourceVersions of one kind compare as
 * integers, KEP-5504).
 */
export function lagsBehind(
  { version }: Pick<Reference, "version">,
  metadata: ObjectMeta | undefined,
  highWater: number,
): boolean {
  const recorded = version === undefined ? undefined : recordedAt(version);
  if (recorded === undefined) return false;
  const seen = metadata?.resourceVersion === undefined ? -1 : Number(metadata.resourceVersion);
  return recorded > Math.max(seen, highWater);
}
