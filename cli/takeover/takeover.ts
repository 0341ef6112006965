import type { MissingValues } from "../../crds/coupling/defaults.ts";
import { isFormerOperators } from "../../crds/coupling/standing.ts";
import { templatesBroken } from "../../crds/messages.ts";
import { apiVersion } from "../../crds/names.ts";
import { isServed } from "../../crds/namespace/served.ts";
import { readPlug } from "../../crds/plug/parse.ts";
import { readInputs } from "../../functions/config/read-inputs.ts";
import { admit } from "../../functions/coupling/admit.ts";
import { type Coupling, observeCoupling } from "../../functions/coupling/observe.ts";
import { learn } from "../../functions/plug/adopt.ts";
import type { RenderedResource } from "../../functions/rendering/render-resources.ts";
import type { Snapshot } from "../../functions/snapshot/snapshot.ts";
import type { StageContext } from "../../functions/stage.ts";
import { whyNotBelieved } from "../../functions/takeover/claimed-socket.ts";
import type { Clock } from "../../kit/clock.ts";
import { OperatorError } from "../../kit/errors.ts";
import { everyObject } from "../../kit/kube/every-object.ts";
import { readOnly } from "../../kit/kube/intercept.ts";
import { keyOf } from "../../kit/kube/keys.ts";
import type { Kube } from "../../kit/kube/port.ts";
import { tell } from "../../kit/outlet/outlet.ts";
import { covers } from "../../kit/performing/covers.ts";
import { objectName } from "../cluster/manifest-files.ts";
import { stageContext } from "../cluster/stage-context.ts";
import { signsOfIntegrationOperator } from "./integration-operator.ts";

export interface TakeoverOptions {
  readonly operatorNamespace: string;
  /** Only these namespaces; absent: all. */
  readonly namespaces: readonly string[] | undefined;
  /** Which of kube-system and the operator's own namespace to serve; absent: neither. */
  readonly serveNamespaces?: readonly string[] | undefined;
  /** What templates do with missing values, if nothing else decides. Absent: print. */
  readonly missingValues?: MissingValues | undefined;
  readonly clock: Clock;
}

/** What taking over would do to one coupling of integration-operator. */
export interface Prospect {
  readonly plug: string;
  readonly socket: string;
  /** The objects that Plugboard would manage. */
  readonly adopted: readonly string[];
  /** What could not be rendered, so that Plugboard would not manage its objects. */
  readonly troubles: readonly string[];
  /** Why it would not be taken over. */
  readonly refusal?: string;
  /** What the next update would do to objects, as sentences. */
  readonly changes: readonly string[];
  /** Warnings of its templates, for example missing values. */
  readonly warnings: readonly string[];
}

/**
 * Computes for each coupling of integration-operator what adoption and the next update would do.
 * Writes nothing: it uses a read-only cluster.
 */
export async function lookAhead(kube: Kube, options: TakeoverOptions): Promise<readonly Prospect[]> {
  const { clock, operatorNamespace, namespaces } = options;
  const { serveNamespaces, missingValues } = options;
  const nobodyHears = (): void => {};
  const context = stageContext({
    kube: readOnly(kube),
    clock,
    operatorNamespace,
    serveNamespaces,
    missingValues,
    failed: nobodyHears,
    unexpected: nobodyHears,
  });
  const lists = (namespaces ?? [undefined]).map((namespace) =>
    everyObject(kube, { apiVersion, kind: "Plug", namespace }),
  );
  const plugs = (await Promise.all(lists)).flat().map(readPlug).filter(isFormerOperators);
  const prospects: Prospect[] = [];
  for (const { metadata } of plugs) {
    const coupling = await observeCoupling(context, { stage: "plug.adopt", ...metadata });
    if (coupling !== undefined) prospects.push(await prospectOf(context, coupling));
  }
  return prospects;
}

async function prospectOf(context: StageContext, coupling: Coupling): Promise<Prospect> {
  const { plug } = coupling;
  const { namespace = plug.metadata.namespace, name } = plug.status?.coupledSocket ?? { name: "" };
  const named = { plug: `${plug.metadata.namespace}/${plug.metadata.name}`, socket: `${namespace}/${name}` };
  const why = whyNotBelieved(coupling);
  if (why !== undefined) return { ...named, adopted: [], troubles: [], changes: [], warnings: [], refusal: why };
  const { applied, troubles, snapshot } = await learn(context, coupling);
  return {
    ...named,
    adopted: applied.map(({ kind, namespace: at, name: of }) => `${kind} ${at === undefined ? "" : `${at}/`}${of}`),
    troubles,
    ...(await outlookOf(context, coupling, snapshot)),
  };
}

/** The effect of the next update. */
type Outlook = Pick<Prospect, "changes" | "warnings">;

function only(change: string): Outlook {
  return { changes: [change], warnings: [] };
}

async function outlookOf(context: StageContext, coupling: Coupling, adopted: Snapshot): Promise<Outlook> {
  if (coupling.plug.metadata.deletionTimestamp !== undefined)
    return only("the plug is being deleted: Plugboard decouples it");
  const wrong = await context.renderer.begin(coupling.plug.metadata.namespace).run("checkPlug", coupling.plug);
  if (wrong !== undefined) return only(`nothing until this is corrected: ${wrong.message}`);
  const admittance = admit(coupling, adopted);
  if (admittance.kind === "waiting") return only(`nothing: ${admittance.said.reason}: ${admittance.said.message}`);
  const { socket, proven } = admittance;
  const broken = proven
    ? undefined
    : await context.renderer.begin(socket.metadata.namespace).run("checkTemplates", socket);
  if (broken !== undefined) return only(`nothing: ${templatesBroken(socket.metadata, broken.message).message}`);
  try {
    return await updateOf(context, coupling);
  } catch (error) {
    if (error instanceof OperatorError) return only(`nothing until this is corrected: ${tell(error)}`);
    throw error;
  }
}

async function updateOf(context: StageContext, { plug, socket, clock }: Coupling): Promise<Outlook> {
  if (socket === undefined) return { changes: [], warnings: [] };
  const memory = { now: new Date(clock.now), seed: context.random(), kept: new Map<string, string>() };
  const rendering = context.renderer.begin(plug.metadata.namespace);
  const inputs = await readInputs(context, { plug, socket, memory, rendering });
  if (inputs.missing.length > 0) return only(`nothing: waiting for ${inputs.missing.join("; ")}`);
  const { missingValues } = context;
  const input = { plug, socket, inputs: inputs.value, missingValues, memory };
  const resolution = await rendering.run("resolveOutcome", input);
  if (resolution.kind === "invalid") return only(`nothing: ${resolution.said.message}`);
  const { resources, serviceAccounts } = resolution.outcome;
  const accountOf = ({ side }: RenderedResource): Kube =>
    context.live.as({
      namespace: (side === "plug" ? plug : socket).metadata.namespace,
      name: serviceAccounts[side],
    });
  const due = resources.filter(({ when }) => when.includes("updated"));
  const changes = await Promise.all(due.map((resource) => changeOf(resource, accountOf(resource))));
  return {
    changes: changes.filter((change) => change !== undefined),
    warnings: [...new Set(resolution.remarks.map(({ reason, message }) => `${reason}: ${message}`))],
  };
}

async function changeOf({ do: act, object }: RenderedResource, kube: Kube): Promise<string | undefined> {
  const what = `${object.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name}`;
  if (act === "recreate") return `recreates ${what}`;
  const there = await kube.get(keyOf(object));
  if (act === "delete") return there === undefined ? undefined : `deletes ${what}`;
  if (there === undefined) return `creates ${what}`;
  const { metadata, status, ...fields } = object;
  const { hasStatus } = await kube.served(object);
  const contents = hasStatus || status === undefined ? fields : { ...fields, status };
  const wanted = { ...contents, metadata: { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} } };
  const found = {
    ...there,
    metadata: { labels: there.metadata.labels ?? {}, annotations: there.metadata.annotations ?? {} },
  };
  return covers(found, wanted) ? undefined : `changes ${what}`;
}

/**
 * `plugboard takeover --dry-run`: prints what taking over would change.
 * The exit code: 1 if something could not be rendered or would not be taken over.
 */
export async function takeover(kube: Kube, options: TakeoverOptions, say: (line: string) => void): Promise<number> {
  const search = { now: options.clock.now(), namespaces: options.namespaces ?? [] };
  const signs = await signsOfIntegrationOperator(kube, search);
  const prospects = await lookAhead(kube, options);
  for (const prospect of prospects) for (const line of linesOf(prospect)) say(line);
  say(prospects.length === 0 ? "There is no coupling to take over." : summaryOf(prospects));
  for (const line of await linesOfUnserved(kube, options)) say(line);
  if (signs.length > 0) say(`Stop integration-operator before you start plugboard run (${signs.join("; ")}).`);
  return prospects.some(({ troubles, refusal }) => troubles.length > 0 || refusal !== undefined) ? 1 : 0;
}

/** Lists the plugs, sockets and DeferredResources in kube-system and Plugboard's namespace that are not served. */
async function linesOfUnserved(kube: Kube, options: TakeoverOptions): Promise<readonly string[]> {
  const { operatorNamespace, namespaces } = options;
  const special = [...new Set(["kube-system", operatorNamespace])].filter(
    (namespace) =>
      namespaces?.includes(namespace) !== false && !isServed(namespace, { ...options, namespaces: undefined }),
  );
  const lines: string[] = [];
  for (const namespace of special) {
    const lists = ["Plug", "Socket", "DeferredResource"].map((kind) =>
      everyObject(kube, { apiVersion, kind, namespace }),
    );
    const names = (await Promise.all(lists)).flat().map(objectName);
    if (names.length > 0)
      lines.push(
        `Plugboard does not serve namespace ${namespace}, which contains ${names.join(", ")}. To serve it, start Plugboard with --serve-namespace ${namespace}.`,
      );
  }
  return lines;
}

function linesOf({ plug, socket, adopted, troubles, changes, warnings, refusal }: Prospect): readonly string[] {
  if (refusal !== undefined) return [`plug ${plug}`, `  is not taken over: ${refusal}`];
  return [
    `plug ${plug} coupled to socket ${socket}`,
    `  adopts ${adopted.length === 0 ? "no object" : adopted.join(", ")}`,
    ...troubles.map((trouble) => `  cannot be rendered, so Plugboard does not manage its objects: ${trouble}`),
    ...warnings.map((warning) => `  ${warning}`),
    `  at the next update: ${changes.length === 0 ? "only labels change" : changes.join(", ")}`,
  ];
}

function summaryOf(prospects: readonly Prospect[]): string {
  const taken = prospects.filter(({ refusal }) => refusal === undefined).length;
  const countOf = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
  const objects = prospects.reduce((count, { adopted }) => count + adopted.length, 0);
  const troubled = prospects.filter(({ troubles }) => troubles.length > 0).length;
  const found = `${countOf(taken, "coupling")} with ${countOf(objects, "object")} would be taken over.`;
  const most = `${found} No object would change; no hook would be called.`;
  return troubled === 0 ? most : `${most} Templates of ${countOf(troubled, "coupling")} could not be rendered.`;
}
