// What `plugboard/operator` exports.
export { GiveUp } from "./definition/failures.ts";
export type { Kinds, ObjectOf, StoredMeta, Wire } from "./definition/kinds.ts";
export {
  type ChildKind,
  type ChildKinds,
  type ChildOutcome,
  type ChildResult,
  defineOperator,
  type FinalizeResult,
  type LastSync,
  type Manifest,
  type Operator,
  type OperatorDefinition,
  type RelatedKinds,
  type RequestOf,
  type Selection,
  type Status,
  type SyncRequest,
  type SyncResult,
  type Update,
} from "./definition/operator.ts";
export { isReady } from "./definition/readiness.ts";
export { type OperatorStep, type Progress, type StepsOptions, steps } from "./definition/steps.ts";
export type { ObjectsView } from "./definition/views.ts";
