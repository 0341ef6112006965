import type { KindSettings } from "../../crds/due/observed.ts";
import { ourKinds } from "../../crds/kinds.ts";
import { eventFormat } from "../../crds/stage-names.ts";
import { ApiSource } from "../../eventing/loop/source.ts";
import type { ApiSourceOptions } from "../../eventing/loop/source-options.ts";

export type OurSourceOptions = Omit<ApiSourceOptions, "kinds" | "events"> & KindSettings;

/** A source of the events of plugs, sockets and all that belongs to them. */
export function ourSource(options: OurSourceOptions): ApiSource {
  return new ApiSource({ ...options, kinds: ourKinds(options), events: eventFormat });
}
