import type { ObjectMeta } from "../../kit/kube/port.ts";
import type { Traced } from "../../kit/trace-context.ts";
import { annotations } from "../names.ts";

/** An object as far as its trace goes: its annotation may name one. */
export function traced({ uid, generation, annotations: marks }: ObjectMeta): Traced {
  return { uid, generation, traceparent: marks?.[annotations.traceparent] };
}
