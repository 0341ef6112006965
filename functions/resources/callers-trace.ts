import { traced } from "../../crds/due/traced.ts";
import { annotations } from "../../crds/names.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { parseTraceparent, traceOf, writeTraceparent } from "../../kit/trace-context.ts";
import type { StageContext } from "../context.ts";

/** The annotation that carries the trace of who asked for a plug or socket on through the cluster; none in the place of one that its manifest names. */
export function callersTrace(
  { trace }: StageContext,
  { metadata }: KubeObject,
): { readonly [annotation: string]: string } {
  const known = trace === undefined || !trace.callers || trace.id === traceOf(traced(metadata)).id;
  if (known || parseTraceparent(traced(metadata).traceparent) !== undefined) return {};
  return { [annotations.traceparent]: writeTraceparent(trace, trace.parent) };
}
