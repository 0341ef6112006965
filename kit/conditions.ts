/** A condition in status.conditions (metav1.Condition). One that another client wrote may lack fields. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
  readonly observedGeneration?: number | undefined;
}

export interface ConditionClaim {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

/** The longest message that the API convention allows. */
const longestMessage = 32_768;

/** Whether a status has a condition of a type that is True. */
export function isTrue(
  { conditions = [] }: { readonly conditions?: readonly Condition[] | undefined },
  type: string,
): boolean {
  return conditions.some((condition) => condition.type === type && condition.status === "True");
}

/** Sets one condition. lastTransitionTime changes only with the status; other conditions stay unchanged. */
export function withCondition(
  conditions: readonly Condition[] | undefined = [],
  claim: ConditionClaim,
  { generation, now }: { readonly generation: number | undefined; readonly now: number },
): readonly Condition[] {
  const before = conditions.find(({ type }) => type === claim.type);
  const turned = before === undefined || before.status !== claim.status;
  const condition: Condition = {
    ...claim,
    message: claim.message.slice(0, longestMessage),
    lastTransitionTime: turned ? timestamp(now) : before.lastTransitionTime,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  if (before === undefined) return [...conditions, condition];
  return conditions.map((other) => (other.type === claim.type ? condition : other));
}

/** A status with conditions, and the generation for which the summary condition was set. */
export interface ConditionedStatus {
  readonly conditions?: readonly Condition[] | undefined;
  readonly observedGeneration?: number | undefined;
}

/** Sets conditions. If the summary condition (`summary`) is among them, the generation is recorded, too. */
export function withConditions<Status extends ConditionedStatus>(
  status: Status,
  claims: readonly ConditionClaim[],
  base: { readonly generation: number | undefined; readonly now: number; readonly summary: string },
): Status {
  const { generation, summary } = base;
  const conditions = claims.reduce((list, claim) => withCondition(list, claim, base), status.conditions ?? []);
  const isObserved = generation !== undefined && claims.some(({ type }) => type === summary);
  return { ...status, conditions, ...(isObserved ? { observedGeneration: generation } : {}) };
}

/** A time in the form of metav1.Time: whole seconds, UTC. */
export function timestamp(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}
