import type { MissingValues } from "../../../crds/coupling/defaults.ts";
import { apiVersion } from "../../../crds/names.ts";
import { parsePlug } from "../../../crds/plug/parse.ts";
import { parseSocket } from "../../../crds/socket/parse.ts";
import type { JobInput, JobResult } from "../../../functions/render-jobs/render-jobs.ts";
import { systemClock } from "../../../kit/clock.ts";
import { OperatorError } from "../../../kit/errors.ts";
import { tell } from "../../../kit/outlet/outlet.ts";
import { TemplateError } from "../../../templates/template.ts";
import { clusterOfFiles } from "../../cluster/manifest-set.ts";
import { stageContext } from "../../cluster/stage-context.ts";
import type { Terminal } from "../../invocation.ts";
import { UsageError } from "../../report-failure.ts";
import { parseNamespacedName } from "../invoke.ts";
import { type Owner, type Rendered, renderCoupling, renderOwn } from "./coupling.ts";
import { printRendered } from "./print.ts";

export interface RenderFilesOptions {
  readonly paths: readonly string[];
  /** Only this plug, as `namespace/name`. */
  readonly plug: string | undefined;
  readonly showSensitive: boolean;
  readonly missingValues: MissingValues;
}

const operatorNamespace = "plugboard";

/**
 * `plugboard render -f`: prints what all stages of the couplings in files would render.
 * The exit code: 1 if something cannot be rendered.
 */
export async function renderFiles(
  { paths, plug, showSensitive, missingValues }: RenderFilesOptions,
  terminal: Terminal,
): Promise<number> {
  const clock = terminal.clock ?? systemClock;
  const cluster = await clusterOfFiles({ paths, operatorNamespace, clock });
  const failed = (): void => {};
  const { kube } = cluster;
  const context = stageContext({ kube, clock, operatorNamespace, missingValues, failed, unexpected: failed });
  const check = <Name extends "checkPlug" | "checkSocket">(
    name: Name,
    owner: JobInput<Name>,
  ): Promise<JobResult<Name>> => context.renderer.begin(owner.metadata.namespace).run(name, owner);
  const ours = cluster.objects().filter((object) => object.apiVersion === apiVersion);
  const sockets = ours.filter(({ kind }) => kind === "Socket").map(parseSocket);
  const plugs = chosen(ours.filter(({ kind }) => kind === "Plug").map(parsePlug), plug);
  const problems: string[] = [];
  const print = async (title: string, render: () => Promise<Rendered> | Rendered): Promise<void> => {
    try {
      const rendered = await render();
      if (rendered.config !== undefined || rendered.resources.length > 0)
        terminal.stdout(printRendered(title, rendered, showSensitive));
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      problems.push(...sentencesOf(error).map((sentence) => `${title}: ${sentence}`));
    }
  };
  for (const owner of plug === undefined ? sockets : []) {
    const wrong = await check("checkSocket", owner);
    if (wrong === undefined) await print(titleOf(owner), () => renderOwn(context, owner));
    else problems.push(`${titleOf(owner)}: ${wrong.message}`);
  }
  for (const owner of plugs) {
    const wrong = await check("checkPlug", owner);
    const { namespace = owner.metadata.namespace, name } = owner.spec.socket;
    const socket = sockets.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    const title = `${titleOf(owner)} → socket ${namespace}/${name}`;
    if (wrong !== undefined) problems.push(`${titleOf(owner)}: ${wrong.message}`);
    else if (socket === undefined)
      problems.push(`${title}: this socket is not in the files; add its file with another -f`);
    else if (plug !== undefined || (await check("checkSocket", socket)) === undefined)
      await print(title, () => renderCoupling(context, { plug: owner, socket }));
  }
  if (plugs.length + sockets.length === 0) problems.push("these files have no Plug and no Socket");
  for (const problem of problems) terminal.stderr(`${problem}\n`);
  return problems.length === 0 ? 0 : 1;
}

function chosen<Plug extends Owner>(plugs: readonly Plug[], wanted: string | undefined): readonly Plug[] {
  if (wanted === undefined) return plugs;
  const { namespace, name } = parseNamespacedName(wanted, "--plug");
  const found = plugs.filter(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  if (found.length > 0) return found;
  const known = plugs.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(", ");
  throw new UsageError(`--plug ${wanted}: the files have no such plug${known === "" ? "" : `; they have ${known}`}`);
}

function titleOf({ kind, metadata }: Owner): string {
  return `${kind.toLowerCase()} ${metadata.namespace}/${metadata.name}`;
}

function sentencesOf(error: OperatorError): readonly string[] {
  if (!(error instanceof TemplateError)) return [tell(error)];
  return error.problems.map(
    ({ place, line, column, message, excerpt }) => `${place}, line ${line}, column ${column}: ${message}\n${excerpt}`,
  );
}
