import { answerOf, InvalidInput, untyped } from "../errors.ts";
import type { ApplyOptions, DeleteOptions, Kind, Kube, KubeObject, ObjectKey } from "../kube/port.ts";
import { Unexplained } from "./answers/api-status.ts";
import { parseAnswer, parseObject } from "./answers/kube-object.ts";
import { type ApiCaller, type Call, nameCall } from "./api-caller.ts";
import { objectPath, type Target, withQuery } from "./resources/resource-path.ts";

const largestObject = 8 * 1_048_576;

/**
 * The writing verbs of the port.
 * Each request is sent at most once: after a lost answer, the caller must read whether it succeeded.
 */
export function createWrites(caller: ApiCaller): Pick<Kube, "create" | "apply" | "patch" | "replaceStatus" | "delete"> {
  return {
    create: (object, options) =>
      write(caller, {
        ...about("create", object),
        method: "POST",
        path: created(object, options?.fieldManager),
        body: object,
      }),
    apply: (object, options) => apply(caller, object, options),
    patch: (key, patch) =>
      write(caller, {
        ...aboutKey("patch", key),
        method: "PATCH",
        path: (served) => objectPath(served, key),
        contentType: "application/merge-patch+json",
        body: patch,
      }),
    replaceStatus: (object) => write(caller, replaceStatusCall(object)),
    async delete(key, options = {}) {
      const body = deleteOptions(options);
      const call: Call = {
        ...aboutKey("delete", key),
        method: "DELETE",
        path: (served) => objectPath(served, key),
        body,
      };
      return (await caller.call(call)) !== undefined;
    },
  };
}

async function write(caller: ApiCaller, call: Call): Promise<KubeObject> {
  const text = await caller.call(call);
  return parseObject(parseAnswer(text ?? "", nameCall(call)), nameCall(call));
}

async function apply(caller: ApiCaller, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
  try {
    return await write(caller, applyCall(object, options, {}));
  } catch (error) {
    throw error instanceof Unexplained ? await explain(caller, object, options, error) : error;
  }
}

/**
 * kube-apiserver answers a plain 500 to unknown fields or wrong types in an apply, as it does when etcd fails.
 * If the same apply fails in the same way as a dry run, and the object can then be read, the object is invalid.
 */
async function explain(
  caller: ApiCaller,
  object: KubeObject,
  options: ApplyOptions,
  error: Unexplained,
): Promise<Error> {
  try {
    await write(caller, applyCall(object, options, { dryRun: "All" }));
  } catch (again) {
    if (!(again instanceof Unexplained) || !(await readable(caller, object))) return error;
    return new InvalidInput(error.message, { ...answerOf(error), verdict: untyped, cause: error });
  }
  return error;
}

async function readable(caller: ApiCaller, object: KubeObject): Promise<boolean> {
  try {
    await caller.call({ ...about("getMetadata", object), method: "GET", path: addressed(object, {}, {}) });
    return true;
  } catch {
    return false;
  }
}

function applyCall(
  object: KubeObject,
  { fieldManager, force }: ApplyOptions,
  query: { readonly dryRun?: "All" },
): Call {
  return {
    ...about("apply", object),
    method: "PATCH",
    path: addressed(object, {}, { fieldManager, force: String(force), ...query }),
    contentType: "application/apply-patch+yaml",
    body: object,
  };
}

/**
 * A replaced status names the version that it replaces.
 * Without a version it replaces any, which only a JSON patch can express.
 */
function replaceStatusCall(object: KubeObject): Call {
  const call = { ...about("replaceStatus", object), path: addressed(object, { subresource: "status" }, {}) };
  if (object.metadata.resourceVersion !== undefined) return { ...call, method: "PUT", body: object };
  const { uid } = object.metadata;
  const status = { op: "add", path: "/status", value: object["status"] ?? {} };
  const body = uid === undefined ? [status] : [{ op: "replace", path: "/metadata/uid", value: uid }, status];
  return { ...call, method: "PATCH", contentType: "application/json-patch+json", body };
}

function about(verb: Call["verb"], { apiVersion, kind, metadata }: KubeObject) {
  return aboutKey(verb, { apiVersion, kind, namespace: metadata.namespace, name: metadata.name });
}

function aboutKey(verb: Call["verb"], { apiVersion, kind, namespace, name }: ObjectKey) {
  return { verb, kind: { apiVersion, kind } satisfies Kind, namespace, name, maximumBytes: largestObject };
}

function created({ metadata }: KubeObject, fieldManager: string | undefined): Call["path"] {
  return (served) => withQuery(objectPath(served, { namespace: metadata.namespace }), { fieldManager });
}

function addressed({ metadata }: KubeObject, target: Target, query: Readonly<Record<string, string>>): Call["path"] {
  const { namespace, name } = metadata;
  return (served) => withQuery(objectPath(served, { namespace, name, ...target }), query);
}

function deleteOptions({ uid, resourceVersion, propagation }: DeleteOptions) {
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    propagationPolicy: propagation ?? "Background",
    ...((uid !== undefined || resourceVersion !== undefined) && { preconditions: { uid, resourceVersion } }),
  };
}
