import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { splitResource } from "../../cli/deploy/blueprint/blueprint.ts";
import { type Grants, type Rights, readDescriptor } from "../../cli/deploy/descriptor.ts";
import { type ApiServer, sharedApiServer } from "./api-server.ts";
import { type AuditedRequest, readAuditLogOf } from "./audit-log.ts";
import { deployedNamespace, isOperatorNamespace } from "./identities.ts";

const asOthers = "as the owner's service account";

/** A verb on a resource that a service account may do, in one of the places that roles are for. */
interface Right {
  readonly account: string;
  readonly place: "served" | "operator" | "cluster";
  readonly resource: string;
  readonly verb: string;
}

/** Every right of the source and of each function. Who works for all has all of theirs, and no other. */
function everyRight(): readonly Right[] {
  const { source, functions } = readDescriptor();
  const watched = Object.fromEntries(source.watchedKinds.map((kind) => [kind, ["get", "list", "watch"]]));
  const ofSource = {
    ...source.rights,
    served: { ...source.rights.served, ...withMore(source.rights.served, watched) },
  };
  return [
    ...rightsOf("plugboard-source", ofSource),
    ...functions.flatMap(({ target, rights }) => rightsOf(target, rights)),
  ];
}

function withMore(grants: Grants, more: Grants): Grants {
  return Object.fromEntries(
    Object.entries(more).map(([resource, verbs]) => [resource, [...new Set([...(grants[resource] ?? []), ...verbs])]]),
  );
}

function rightsOf(account: string, rights: Rights): readonly Right[] {
  const own = (["served", "operator", "cluster"] as const).flatMap((place) =>
    Object.entries(rights[place]).flatMap(([resource, verbs]) =>
      verbs.map((verb) => ({ account, place, resource, verb })),
    ),
  );
  const impersonated = rights.impersonated.map(
    (verb) => ({ account, place: "served", resource: asOthers, verb }) as const,
  );
  return [...own, ...impersonated];
}

/** The rights that no request made use of, each as a sentence would have it. */
export function unusedRights(requests: readonly AuditedRequest[]): readonly string[] {
  const used = new Set(requests.flatMap(usesOf));
  // What is read is read of any of these kinds alike, where its watch lags behind: which of them that meets is chance.
  const { watchedKinds } = readDescriptor().source;
  const reads = watchedKinds.map((resource) =>
    nameOf({ account: "plugboard-source", place: "served", resource, verb: "get" }),
  );
  if (reads.some((read) => used.has(read))) for (const read of reads) used.add(read);
  return everyRight()
    .map(nameOf)
    .filter((right) => !used.has(right));
}

function nameOf({ account, place, resource, verb }: Right): string {
  return `${account}: ${verb} ${resource} (${place})`;
}

/** What a request of ours needed: where the whole cluster is served, what is asked of all namespaces is, too. */
function usesOf(request: AuditedRequest): readonly string[] {
  const account = accountOf(request);
  if (account === undefined) return [];
  if (request.impersonated !== undefined)
    return [nameOf({ account, place: "served", resource: asOthers, verb: request.verb })];
  const place = isOperatorNamespace(request.namespace) ? "operator" : "served";
  const { verb } = request;
  const places: readonly Right["place"][] = request.namespace === undefined ? ["served", "cluster"] : [place];
  return places.map((where) => nameOf({ account, place: where, resource: resourceOf(request), verb }));
}

function resourceOf({ resource = "", subresource, apiGroup }: AuditedRequest): string {
  return `${resource}${subresource === undefined ? "" : `/${subresource}`}${apiGroup === undefined ? "" : `.${apiGroup}`}`;
}

function accountOf({ user }: AuditedRequest): string | undefined {
  const prefix = `system:serviceaccount:${deployedNamespace}:`;
  return user.startsWith(prefix) ? user.slice(prefix.length) : undefined;
}

/** What our own accounts were refused, but for what they only ask whether they may. */
export function refusals(requests: readonly AuditedRequest[]): readonly string[] {
  const refused = requests.filter(
    (request) =>
      request.code === 403 &&
      request.impersonated === undefined &&
      accountOf(request) !== undefined &&
      !isMerelyAsked(request) &&
      !endsWithItsNamespace(request),
  );
  return [...new Set(refused.map((one) => `${accountOf(one)}: ${one.verb} ${resourceOf(one)} in ${one.namespace}`))];
}

/** Kinds that plugs make may be any: whoever may not list one goes on without. */
function isMerelyAsked({ verb, ...request }: AuditedRequest): boolean {
  const account = accountOf(request as AuditedRequest);
  if (verb !== "list" || (account !== "plugboard-source" && account !== "snapshot-sweep" && account !== "plugboard"))
    return false;
  const known = everyRight().filter((right) => right.account === account && right.verb === "list");
  return !known.some(({ resource }) => splitResource(resource).resource === request.resource);
}

/** A namespace that ends takes nothing new, whoever brings it. */
function endsWithItsNamespace({ message = "" }: AuditedRequest): boolean {
  return message.includes("because it is being terminated");
}

const elsewhere = "audited-elsewhere.jsonl";

/** Makes the requests of another API server count, too. */
export async function countRequestsOf(server: ApiServer): Promise<void> {
  const path = join(sharedApiServer().address.folder, elsewhere);
  appendFileSync(path, (await ourRequests(server)).map((request) => `${JSON.stringify(request)}\n`).join(""));
}

async function ourRequests({ address }: ApiServer): Promise<readonly AuditedRequest[]> {
  if (address.auditLogPath === undefined) throw new Error("this API server was started with auditLog: false");
  return readAuditLogOf(address.auditLogPath, `system:serviceaccount:${deployedNamespace}:`);
}

/** Every request of ours in this run, on the shared API server and on those that counted theirs. */
export async function everyRequest(server: ApiServer): Promise<readonly AuditedRequest[]> {
  const path = join(server.address.folder, elsewhere);
  const lines = existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
  return [...(await ourRequests(server)), ...lines.filter((line) => line !== "").map((line) => JSON.parse(line))];
}
