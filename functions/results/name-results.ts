import { actionOf, missingValuesOf } from "../../crds/coupling/defaults.ts";
import type { Plug } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import { OperatorError } from "../../kit/errors.ts";
import type { Budget } from "../../templates/evaluate/budget.ts";
import type { Memory, MissingValues } from "../../templates/template.ts";
import { partiesOf, type ResourceEntry, renderResources } from "../rendering/render-resources.ts";
import { templateView } from "../rendering/template-view.ts";
import { type BySide, type Side, sides, templateData, type Values } from "../rendering/values.ts";
import type { MadeBesides } from "../snapshot/snapshot.ts";

export interface NamingInput {
  readonly plug: Plug;
  readonly socket: Socket;
  readonly config: BySide<Values>;
  readonly memory: Memory;
  readonly missingValues?: MissingValues | undefined;
}

/**
 * The objects that the results of a revision will make, as far as their names do not depend on a result.
 * The snapshot names them, so that it need not be written again when they are made.
 * A name that depends on a result is left out, or differs from the one that is made: then the snapshot is completed.
 * Pure.
 */
export function nameResults(input: NamingInput, budget: Budget): readonly MadeBesides[] {
  return sides.flatMap((side) => {
    const owner = side === "plug" ? input.plug : input.socket;
    return (owner.spec.resultResources ?? [])
      .flatMap(identitiesOf)
      .flatMap((entry) => nameOne(entry, side, input, budget));
  });
}

/** The templates of an entry, each as an entry that renders nothing but the identity of its object. */
function identitiesOf(entry: ResourceEntry): readonly ResourceEntry[] {
  if (actionOf(entry) === "delete") return [];
  const templates = [...(entry.template === undefined ? [] : [entry.template]), ...(entry.templates ?? [])];
  return templates.map(({ apiVersion, kind, metadata }) => {
    const { name, namespace }: { name?: unknown; namespace?: unknown } = { ...(metadata as object | undefined) };
    return { engine: entry.engine, template: { apiVersion, kind, metadata: { name, namespace } } };
  });
}

function nameOne(
  entry: ResourceEntry,
  side: Side,
  { plug, socket, config, memory, missingValues }: NamingInput,
  budget: Budget,
): readonly MadeBesides[] {
  const owner = side === "plug" ? plug : socket;
  const configs = { plugConfig: config.plug, socketConfig: config.socket };
  const data = templateData({ plug: templateView(plug), socket: templateView(socket) }, configs);
  try {
    const { resources } = renderResources(
      [entry],
      {
        side,
        parties: partiesOf(plug),
        field: "resultResources",
        namespace: owner.metadata.namespace,
        engine: owner.spec.engine,
        data,
        memory,
        missingValues: missingValuesOf(owner, socket, missingValues),
        budget,
      },
      () => true,
    );
    return resources.map(({ object: { apiVersion, kind, metadata } }) => ({
      side,
      apiVersion,
      kind,
      name: metadata.name,
    }));
  } catch (error) {
    // The result has the same error, or a value that is not known yet.
    if (error instanceof OperatorError) return [];
    throw error;
  }
}
