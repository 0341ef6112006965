import type { Kind, Kube, KubeObject, ListQuery, ObjectKey } from "../kube/port.ts";
import type { KnownObjects } from "./answers/known-objects.ts";
import { parseAnswer, parseItem, parseList, parseMetadataOf, parseObject } from "./answers/kube-object.ts";
import { type ApiCaller, type Call, nameCall } from "./api-caller.ts";
import { objectPath, resourcePath, withQuery } from "./resources/resource-path.ts";

const metadataOnly = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const metadataListOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const largestObject = 8 * 1_048_576;
const largestPage = 256 * 1_048_576;

/** The reading verbs of the port. Objects that were read before, and have not changed, are the same as before. */
export function createReads(caller: ApiCaller, known: KnownObjects): Pick<Kube, "get" | "getMetadata" | "list"> {
  return {
    async get(key) {
      const call = readCall("get", key, undefined);
      const text = await caller.call(call);
      if (text === undefined) return undefined;
      const request = nameCall(call);
      const parse = (answer: string): KubeObject => parseObject(parseAnswer(answer, request), request);
      return known.of(`${key.apiVersion} ${request}`, text, parse);
    },
    async getMetadata(key) {
      const call = readCall("getMetadata", key, metadataOnly);
      const text = await caller.call(call);
      return text === undefined ? undefined : parseMetadataOf(parseAnswer(text, nameCall(call)), key, nameCall(call));
    },
    async list(query) {
      const call = listCall(query);
      const request = nameCall(call);
      return parseList(parseAnswer((await caller.call(call)) ?? "", request), itemParser(query, request), request);
    },
  };
}

function readCall(verb: "get" | "getMetadata", key: ObjectKey, accept: string | undefined): Call {
  const { namespace, name } = key;
  return {
    verb,
    kind: kindOf(key),
    namespace,
    name,
    method: "GET",
    path: (served) => objectPath(served, { namespace, name }),
    accept,
    maximumBytes: largestObject,
  };
}

function listCall(query: ListQuery): Call {
  const parameters = {
    labelSelector: query.labelSelector,
    fieldSelector: query.fieldSelector,
    limit: query.limit?.toString(),
    continue: query.continue,
  };
  return {
    verb: "list",
    kind: kindOf(query),
    namespace: query.namespace,
    method: "GET",
    path: (served) => withQuery(resourcePath(served, { namespace: query.namespace }), parameters),
    accept: query.metadataOnly ? metadataListOnly : undefined,
    maximumBytes: largestPage,
  };
}

function itemParser(query: ListQuery, request: string): (item: unknown) => KubeObject {
  const parse = query.metadataOnly ? parseMetadataOf : parseItem;
  return (item) => parse(item, query, request);
}

function kindOf({ apiVersion, kind }: Kind): Kind {
  return { apiVersion, kind };
}
