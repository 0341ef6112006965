import { missingValuesOf } from "../../crds/coupling/defaults.ts";
import type { Plug } from "../../crds/plug/plug.generated.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import type { Budget } from "../../templates/evaluate/budget.ts";
import type { Memory, MissingValues } from "../../templates/template.ts";
import { type LifecycleEvent, partiesOf, type Rendering, renderResources } from "./render-resources.ts";
import { templateView } from "./template-view.ts";
import { templateData } from "./values.ts";

export interface OwnInput {
  readonly owner: Plug | Socket;
  /** The lifecycle events to render. */
  readonly events: readonly LifecycleEvent[];
  readonly memory: Memory;
  /** Used if neither the owner nor a named interface decides; absent: print. */
  readonly missingValues?: MissingValues | undefined;
}

/**
 * Renders the resources of a plug or socket outside of couplings.
 * Pure.
 * @throws TemplateError, TooLarge, InvalidInput
 */
export function renderOwn({ owner, events, memory, missingValues }: OwnInput, budget: Budget): Rendering {
  const side = owner.kind === "Plug" ? "plug" : "socket";
  const data = templateData({ [side]: templateView(owner) }, {});
  const { namespace } = owner.metadata;
  return renderResources(
    owner.spec.resources,
    {
      side,
      parties: partiesOf(owner),
      field: "resources",
      namespace,
      engine: owner.spec.engine,
      data,
      memory,
      budget,
      missingValues: missingValuesOf(owner, owner.kind === "Socket" ? owner : undefined, missingValues),
    },
    (when) => when.some((event) => events.includes(event)),
  );
}
