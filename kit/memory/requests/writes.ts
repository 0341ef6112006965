import { randomBytes } from "node:crypto";
import { AlreadyExists, InvalidInput, KindNotServed } from "../../errors.ts";
import type { ApplyOptions, DeleteOptions, Json, KubeObject, ObjectKey } from "../../kube/port.ts";
import { admitted, fieldTypeOf, refuseUntyped } from "../admission/admission.ts";
import { foldedSecret } from "../admission/built-in-rules.ts";
import { applyConfiguration } from "../apply/apply.ts";
import { beforeFirstApply, type Manager, managersOf, recordUpdate, type Writer } from "../apply/managed-fields.ts";
import { asMap, isList, isMap, type JsonMap, mapAt, overTheWire, parseObject, textAt, withField } from "../json.ts";
import type { KindDefinition } from "../kinds/built-in-kinds.ts";
import { conflict, modified, notFound, refusal, terminating } from "../messages.ts";
import { type Caller, keyOf, placeOf, type Server, shownAs, statusOf, stored } from "../server.ts";

/** The field manager of writes that name none. */
export const defaultManager = "unknown";

/** Creates an object. @throws AlreadyExists, InvalidInput, NotFound, Forbidden, TooLarge */
export function createObject({ server, as }: Caller, object: KubeObject, manager: string): KubeObject {
  const kind = server.kinds.find(object);
  const given = named(received(kind, object));
  const { namespace, name } = parseObject(given).metadata;
  server.authorize(as, { verb: "create", kind, namespace, name });
  requireNamespace(server, kind, parseObject(given));
  if (stored(server, kind, keyOf(parseObject(given))) !== undefined)
    throw new AlreadyExists(...refusal(409, "AlreadyExists", `${kind.resource} "${name}" already exists`));
  if (textAt(given, "metadata", "resourceVersion"))
    throw new InvalidInput("resourceVersion should not be set on objects to be created");
  const draft = admitted(kind, withStatusOf(kind, given, undefined), undefined, server.writer.now());
  const writer = updater(server, kind, manager);
  const managers = recordUpdate([], writer, { from: undefined, to: draft, type: fieldTypeOf(kind) });
  return shownAs(kind)(server.writer.insert(kind, { object: draft, managers }));
}

/** Server-side apply. @throws Conflict, InvalidInput, NotFound, Forbidden, TooLarge */
export function applyObject(
  { server, as }: Caller,
  object: KubeObject,
  { fieldManager, force }: ApplyOptions,
): KubeObject {
  const kind = server.kinds.find(object);
  const { namespace, name } = object.metadata;
  server.authorize(as, { verb: "patch", kind, namespace, name });
  const current = stored(server, kind, keyOf(object));
  if (current === undefined) server.authorize(as, { verb: "create", kind, namespace, name });
  requireNamespace(server, kind, object, current);
  requireSame(kind, current, object.metadata);
  const configuration = withStatusOf(kind, received(kind, object), undefined);
  refuseUntyped(kind, configuration);
  const live = current === undefined ? bare(configuration) : asMap(current);
  const writer: Writer = { ...updater(server, kind, fieldManager), operation: "Apply" };
  const managers = current === undefined ? [] : managersBeforeApply(server, kind, current, writer);
  const applied = applyConfiguration({ live, managers, configuration, writer, force, type: fieldTypeOf(kind) });
  const draft = { object: admitted(kind, applied.object, current, server.writer.now()), managers: applied.managers };
  return shownAs(kind)(
    current === undefined ? server.writer.insert(kind, draft) : server.writer.replace(kind, current, draft),
  );
}

/** JSON merge patch. @throws Conflict, InvalidInput, NotFound */
export function patchObject({ server, as }: Caller, key: ObjectKey, patch: Json): KubeObject {
  const kind = server.kinds.find(key);
  server.authorize(as, { verb: "patch", kind, namespace: key.namespace, name: key.name });
  const current = stored(server, kind, key);
  if (current === undefined) throw notFound(kind.resource, key.name);
  requireSame(kind, current, mapAt(patch, "metadata"));
  const name = textAt(patch, "metadata", "name") ?? key.name;
  if (name !== key.name)
    throw new InvalidInput(`the name of the object (${name}) does not match the name on the URL (${key.name})`);
  const before = asMap(current);
  const merged = mergePatch(before, patch);
  const next = withStatusOf(kind, isMap(merged) ? merged : before, current);
  const { managedFields } = mapAt(patch, "metadata");
  const recorded = managedFields === undefined ? current : withRecord(current, managedFields);
  return shownAs(kind)(update(server, kind, current, next, { recorded }));
}

/** The object with the managed fields of a patch; an empty list clears them. */
function withRecord(object: KubeObject, managedFields: Json): KubeObject {
  const entries = isList(managedFields) ? managedFields.filter((entry) => Object.keys(entry ?? {}).length > 0) : [];
  return parseObject({ ...asMap(object), metadata: { ...mapAt(asMap(object), "metadata"), managedFields: entries } });
}

/** The recorded managers of an object, without records in versions that its CRD does not have any more. */
function recordedManagers(server: Server, kind: KindDefinition, object: KubeObject): readonly Manager[] {
  return managersOf(object).filter(({ apiVersion }) => server.kinds.has({ apiVersion, kind: kind.kind }));
}

function managersBeforeApply(
  server: Server,
  kind: KindDefinition,
  current: KubeObject,
  writer: Writer,
): readonly Manager[] {
  const managers = recordedManagers(server, kind, current);
  return managers.length > 0 ? managers : [beforeFirstApply(asMap(current), writer, fieldTypeOf(kind))];
}

/** Replaces only the status. @throws Conflict, InvalidInput, NotFound */
export function replaceStatusOf({ server, as }: Caller, object: KubeObject): KubeObject {
  const kind = server.kinds.find(object);
  const { namespace, name } = object.metadata;
  server.authorize(as, { verb: "update", kind, namespace, name, subresource: "status" });
  if (!kind.hasStatus) throw new KindNotServed(kind.apiVersion, `${kind.kind}/status`);
  const current = stored(server, kind, keyOf(object));
  if (current === undefined) throw notFound(kind.resource, name);
  requireSame(kind, current, object.metadata);
  const status = asMap(parseObject(overTheWire(object)))["status"];
  return shownAs(kind)(
    update(server, kind, current, withField(asMap(current), "status", status), { subresource: "status" }),
  );
}

/** Requests the deletion of an object; false if it does not exist. @throws Conflict */
export function deleteObject({ server, as }: Caller, key: ObjectKey, options: DeleteOptions): boolean {
  const kind = server.kinds.find(key);
  server.authorize(as, { verb: "delete", kind, namespace: key.namespace, name: key.name });
  const current = stored(server, kind, key);
  if (current === undefined) return false;
  requireSame(kind, current, options);
  server.writer.delete(kind, current, options.propagation);
  return true;
}

function update(
  server: Server,
  kind: KindDefinition,
  current: KubeObject,
  next: JsonMap,
  { subresource, recorded = current }: { readonly subresource?: string; readonly recorded?: KubeObject } = {},
): KubeObject {
  const object = admitted(kind, next, current, server.writer.now());
  const writer = { ...updater(server, kind, defaultManager), subresource };
  const change = { from: asMap(current), to: object, type: fieldTypeOf(kind) };
  const managers = recordUpdate(recordedManagers(server, kind, recorded), writer, change);
  return server.writer.replace(kind, current, { object, managers });
}

function updater(server: Server, kind: KindDefinition, manager: string): Writer {
  return { manager, operation: "Update", apiVersion: kind.apiVersion, time: server.writer.now() };
}

/** The object as received. A Secret's stringData is converted to data first, because owners and values are of data. */
function received(kind: KindDefinition, object: KubeObject): JsonMap {
  const given = asMap(parseObject(overTheWire(object)));
  return kind.resource === "secrets" ? foldedSecret(kind, given) : given;
}

/** The object from which an apply starts that creates. */
function bare(configuration: JsonMap): JsonMap {
  const { name, namespace } = mapAt(configuration, "metadata");
  const place = namespace === undefined ? {} : { namespace };
  return {
    apiVersion: configuration["apiVersion"] ?? "",
    kind: configuration["kind"] ?? "",
    metadata: { name: name ?? "", ...place },
  };
}

const suffixLetters = "bcdfghjklmnpqrstvwxz2456789";

function named(object: JsonMap): JsonMap {
  const metadata = mapAt(object, "metadata");
  const prefix = textAt(metadata, "generateName");
  if (textAt(metadata, "name") || prefix === undefined) return object;
  const suffix = [...randomBytes(5)].map((byte) => suffixLetters[byte % suffixLetters.length]).join("");
  return { ...object, metadata: { ...metadata, name: prefix + suffix } };
}

/** The object with its present status, for kinds with a status subresource: other writes do not change the status. */
function withStatusOf(kind: KindDefinition, object: JsonMap, current: KubeObject | undefined): JsonMap {
  return kind.hasStatus ? withField(object, "status", statusOf(current)) : object;
}

function requireNamespace(server: Server, kind: KindDefinition, object: KubeObject, current?: KubeObject): void {
  const { name } = object.metadata;
  const namespace = placeOf(kind, object.metadata.namespace, name);
  if (namespace === undefined) return;
  const found = server.store.get("namespaces", undefined, namespace);
  if (found === undefined) throw notFound("namespaces", namespace);
  if (current === undefined && found.metadata.deletionTimestamp !== undefined) throw terminating(kind, name, namespace);
}

interface Expectation {
  readonly uid?: unknown;
  readonly resourceVersion?: unknown;
}

/**
 * Refuses a write that is meant for another version of the object, or for another object of its name.
 * As on the real server, a resourceVersion does not refuse an apply that creates, but a uid does.
 */
function requireSame(kind: KindDefinition, current: KubeObject | undefined, expected: Expectation): void {
  const { uid, resourceVersion, name = "" } = current?.metadata ?? {};
  if (expected.uid !== undefined && expected.uid !== uid)
    throw conflict(
      kind,
      name,
      `Precondition failed: UID in precondition: ${String(expected.uid)}, UID in object meta: ${uid ?? ""}`,
    );
  if (current !== undefined && expected.resourceVersion && expected.resourceVersion !== resourceVersion)
    throw conflict(kind, name, modified);
}

function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isMap(patch)) return patch;
  const merged = new Map(Object.entries(isMap(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}
