import assert from "node:assert/strict";
import { group } from "../../crds/names.ts";
import { reasons } from "../../crds/reasons.ts";
import type { KubeObject } from "../../kit/kube/port.ts";

type Holds = () => void;

/** Has it checked after each test of the file that goes on from here. */
export function afterEachTest(holds: Holds): void {
  (globalThis as unknown as { afterEachTest?: Holds[] }).afterEachTest?.push(holds);
}

/** Of everything that Plugboard said of its objects, and in Events, each reason is in the catalogue. */
export function saysWhatIsCatalogued(objects: readonly KubeObject[]): void {
  const said = objects.flatMap((object) => (isOurs(object) ? conditionReasons(object) : eventReasons(object)));
  assert.deepEqual(
    said.filter((reason) => !(reason in reasons)),
    [],
  );
}

function isOurs({ apiVersion }: KubeObject): boolean {
  return apiVersion.startsWith(`${group}/`);
}

function conditionReasons({ status }: KubeObject): readonly string[] {
  const { conditions = [] } = (status ?? {}) as { conditions?: readonly { readonly reason?: string }[] };
  return conditions.map(({ reason = "" }) => reason);
}

function eventReasons(object: KubeObject): readonly string[] {
  return object["reportingController"] === "plugboard" ? [String(object["reason"])] : [];
}
