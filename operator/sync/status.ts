import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../kit/clock.ts";
import { type Condition, type ConditionClaim, withConditions } from "../../kit/conditions.ts";
import { Conflict, Forbidden, NotFound } from "../../kit/errors.ts";
import type { Kind, Kube, KubeObject } from "../../kit/kube/port.ts";
import { shared } from "../../kit/shared.ts";
import { groupOf } from "../definition/kinds.ts";

/** What the parent's CRD allows in a status. */
export interface StatusShape {
  readonly subresource: boolean;
  readonly conditions: boolean;
  readonly observedGeneration: boolean;
}

type Fields = { readonly [field: string]: unknown };

const keptMilliseconds = 600_000;

/** Reads what the CRD of a kind allows, at most once in ten minutes. Built-in kinds have no conditions of ours. */
export function statusShapes(kube: Kube, kind: Kind, clock: Clock): () => Promise<StatusShape> {
  return shared(() => readShape(kube, kind), { clock, milliseconds: keptMilliseconds, failureMilliseconds: 0 });
}

async function readShape(kube: Kube, kind: Kind): Promise<StatusShape> {
  const { plural, hasStatus: subresource } = await kube.served(kind);
  const crd = await readCrd(kube, `${plural}.${groupOf(kind)}`);
  const version = listOf(fieldsOf(crd?.["spec"])["versions"]).find(
    ({ name }) => kind.apiVersion === `${groupOf(kind)}/${String(name)}`,
  );
  const schema = fieldsOf(fieldsOf(version?.["schema"])["openAPIV3Schema"]);
  const status = fieldsOf(fieldsOf(schema["properties"])["status"]);
  const properties = fieldsOf(status["properties"]);
  const keepsAll =
    status["x-kubernetes-preserve-unknown-fields"] === true || schema["x-kubernetes-preserve-unknown-fields"] === true;
  const has = (field: string): boolean => keepsAll || Object.hasOwn(properties, field);
  // Without a subresource a write of the status makes a new generation, which would have to be observed again.
  return { subresource, conditions: has("conditions"), observedGeneration: subresource && has("observedGeneration") };
}

/** Undefined if there is none, or if it may not be read: then nothing of ours is written. */
async function readCrd(kube: Kube, name: string): Promise<KubeObject | undefined> {
  try {
    return await kube.get({ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name });
  } catch (error) {
    if (error instanceof Forbidden) return undefined;
    throw error;
  }
}

/** The status that a parent should have; undefined: as it is. `given` undefined: only conditions change. */
export function nextStatus(
  parent: KubeObject,
  given: Fields | undefined,
  {
    claims,
    shape,
    now,
  }: { readonly claims: readonly ConditionClaim[]; readonly shape: StatusShape; readonly now: number },
): Fields | undefined {
  const before = fieldsOf(parent["status"]);
  const own = conditionsOf(given);
  const others = conditionsOf(before).filter(({ type }) => !own.some((one) => one.type === type));
  const keep = claims.filter(({ type }) => !own.some((one) => one.type === type));
  const generation = shape.observedGeneration ? parent.metadata.generation : undefined;
  const { conditions: _given, ...fields } = given ?? before;
  const conditioned = shape.conditions
    ? withConditions({ ...fields, conditions: [...others, ...timed(own, before, now)] }, keep, {
        generation,
        now,
        summary: "Synced",
      })
    : fields;
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  const after = { ...conditioned, ...observed };
  if (isDeepStrictEqual(JSON.parse(JSON.stringify(after)), JSON.parse(JSON.stringify(before)))) return undefined;
  return after;
}

/** Conditions that a handler gave need no time of their own. */
function timed(given: readonly Condition[], before: Fields, now: number): readonly Condition[] {
  return given.map((condition) => {
    if (condition.lastTransitionTime !== undefined) return condition;
    const known = conditionsOf(before).find(({ type }) => type === condition.type);
    const lastTransitionTime =
      known?.status === condition.status && known.lastTransitionTime !== undefined
        ? known.lastTransitionTime
        : `${new Date(now).toISOString().slice(0, 19)}Z`;
    return { ...condition, lastTransitionTime };
  });
}

/**
 * Writes a status, on the version of the parent that was read.
 * Returns the parent after it; undefined if the parent changed.
 */
export async function writeStatus(
  kube: Kube,
  parent: KubeObject,
  status: Fields,
  { shape, fieldManager }: { readonly shape: StatusShape; readonly fieldManager: string },
): Promise<KubeObject | undefined> {
  const { apiVersion, kind, metadata } = parent;
  const { name, namespace, uid = "", resourceVersion = "" } = metadata;
  const place = namespace === undefined ? {} : { namespace };
  const object = { apiVersion, kind, metadata: { name, ...place, uid, resourceVersion }, status };
  try {
    return shape.subresource
      ? await kube.replaceStatus(object)
      : await kube.apply(object, { fieldManager, force: true });
  } catch (error) {
    if (error instanceof Conflict || error instanceof NotFound) return undefined;
    throw error;
  }
}

function conditionsOf(status: Fields | undefined): readonly Condition[] {
  const { conditions } = status ?? {};
  return Array.isArray(conditions) ? conditions : [];
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
