import { kindNames } from "../../crds/due/kind-names.ts";
import type { KindSettings } from "../../crds/due/observed.ts";
import { ourKinds } from "../../crds/kinds.ts";
import { eventFormat } from "../../crds/stage-names.ts";
import { ApiSource } from "../../eventing/loop/source.ts";
import type { ApiSourceOptions } from "../../eventing/loop/source-options.ts";
import type { Work } from "./leader.ts";

export type OurSourceOptions = Omit<ApiSourceOptions, "kinds" | "events"> & KindSettings;

/** A source of the events of plugs, sockets and all that belongs to them. */
export function ourSource(options: OurSourceOptions): ApiSource {
  return new ApiSource({ ...options, kinds: ourKinds(options), events: eventFormat });
}

/** How a source is, for the log and for /readyz. */
export function healthOf(source: ApiSource): Pick<Work, "facts" | "unready"> {
  return {
    facts: () => {
      const { objects, ...figures } = source.figures();
      return { plugs: objects[kindNames.plug.name], sockets: objects[kindNames.socket.name], ...figures };
    },
    unready: () => {
      const kinds = Object.keys(source.figures().watchesDown);
      return kinds.length === 0
        ? undefined
        : `the watch of ${kinds.join(", ")} is interrupted; it retries automatically`;
    },
  };
}
