import type { KubeObject } from "../../kit/kube/port.ts";
import type { KindDefinition } from "../../kit/loop/kind.ts";
import { kindNames } from "../due/kind-names.ts";

/** Namespaces as the event loop watches them. They have no stages; other objects depend on them. */
export const namespaceKind: KindDefinition<KubeObject> = {
  ...kindNames.namespace,
  watched: { apiVersion: "v1", kind: "Namespace" },
  essential: "once watched",
  parse: (object) => object,
  parsed: 5_000,
};
