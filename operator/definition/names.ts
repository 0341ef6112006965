import type { EventFormat } from "../../eventing/cloud-events.ts";
import { groupOf } from "./kinds.ts";
import type { Operator } from "./operator.ts";

/** The stages of an operator. */
export type StageKind = "sync" | "finalize";

/** What an operator writes on objects and in events. All contain its name, so that operators do not meet. */
export interface Names {
  /** The domain of labels and annotations. */
  readonly domain: string;
  /** The label of children: the uid of their parent. */
  readonly parentUid: string;
  /** The annotation of children: a digest of what the handler returned. */
  readonly desired: string;
  /** The annotation of parents: claim and inventory. */
  readonly record: string;
  readonly finalizer: string;
  readonly fieldManager: string;
  readonly stages: { readonly [Kind in StageKind]: string };
  readonly facts: { readonly [Kind in "synced" | "failed" | "finalized"]: string };
  readonly events: EventFormat;
}

/** The names that an operator uses. */
export function namesOf({ name, parent }: Pick<Operator, "name" | "parent">): Names {
  const group = groupOf(parent);
  const domain = group === "" ? name : `${name}.${group}`;
  const stages = { sync: `${name}.sync`, finalize: `${name}.finalize` };
  return {
    domain,
    parentUid: `${domain}/parent-uid`,
    desired: `${domain}/desired`,
    record: `${domain}/record`,
    finalizer: `${domain}/finalizer`,
    fieldManager: name,
    stages,
    facts: { synced: `${name}.synced`, failed: `${name}.failed`, finalized: `${name}.finalized` },
    events: {
      typePrefix: group === "" ? "" : `${group.split(".").toReversed().join(".")}.`,
      kindOfStage: { [stages.sync]: parent, [stages.finalize]: parent },
      clusterScoped: true,
    },
  };
}

/** The name under which authors import the kit. */
export const packageName = "plugboard";
