import type { Socket } from "../../crds/socket/socket.generated.ts";
import { OperatorError } from "../../kit/errors.ts";
import { tell } from "../../kit/outlet/outlet.ts";
import type { Memory } from "../../templates/template.ts";
import { readSide as readInputsOf } from "../config/read-inputs.ts";
import type { Reading } from "../config/read-sources.ts";
import type { SideInputs } from "../config/resolve-configs.ts";
import type { Coupling } from "../coupling/observe.ts";
import type { StageRendering } from "../render-jobs/renderer.ts";
import type { BySide, Side } from "../rendering/values.ts";
import type { ResultInputs } from "../results/compute-result.ts";
import { readResultInputs } from "../results/read-result-inputs.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { StageContext } from "../stage.ts";

const noSources = { configMap: undefined, secret: undefined };
const noInputs: SideInputs = { data: noSources, config: noSources, vars: {} };
const noResultInputs: ResultInputs = { data: noSources, result: noSources, vars: {} };

/** The inputs of both configs, as far as they can be read. Without a socket there is no coupling to compute. */
export async function readLeniently(
  context: StageContext,
  { plug }: Coupling,
  socket: Socket | undefined,
  { memory, rendering }: { readonly memory: Memory; readonly rendering: StageRendering },
): Promise<Reading<BySide<SideInputs>>> {
  if (socket === undefined) return { value: { plug: noInputs, socket: noInputs }, refs: [], missing: [] };
  const read = (side: Side): Promise<Reading<SideInputs>> =>
    orNothing(noInputs, () => readInputsOf(context, side, { plug, socket, memory, rendering }));
  const [forPlug, forSocket] = await Promise.all([read("plug"), read("socket")]);
  return {
    value: { plug: forPlug.value, socket: forSocket.value },
    refs: [...forPlug.refs, ...forSocket.refs],
    missing: [...forPlug.missing, ...forSocket.missing],
  };
}

/** The inputs of both results, as far as they can be read. */
export function readResultsLeniently(
  context: StageContext,
  { plug }: Coupling,
  socket: Socket | undefined,
  { snapshot, rendering }: { readonly snapshot: Snapshot; readonly rendering: StageRendering },
): Promise<Reading<BySide<ResultInputs>>> {
  const nothing = { plug: noResultInputs, socket: noResultInputs };
  return orNothing(nothing, async () =>
    socket === undefined
      ? { value: nothing, refs: [], missing: [] }
      : readResultInputs(context, { plug, socket, snapshot, rendering }),
  );
}

/** A failure that only an edit can correct does not prevent the takeover. */
async function orNothing<T>(nothing: T, read: () => Promise<Reading<T>>): Promise<Reading<T>> {
  try {
    return await read();
  } catch (error) {
    if (
      !(error instanceof OperatorError) ||
      error.name === "Unavailable" ||
      error.name === "Timeout" ||
      error.name === "Throttled" ||
      error.name === "RenderTimeout"
    )
      throw error;
    return { value: nothing, refs: [], missing: [tell(error)] };
  }
}
