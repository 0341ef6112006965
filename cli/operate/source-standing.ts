import { kindNames } from "../../crds/due/kind-names.ts";
import type { ApiSource } from "../../eventing/loop/source.ts";
import type { Work } from "./leader.ts";

/** How a source is, for the log and for /readyz. */
export function standingOf(source: ApiSource): Pick<Work, "facts" | "unready"> {
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
