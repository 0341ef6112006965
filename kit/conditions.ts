/** A condition of status.conditions, as metav1.Condition; what others wrote may lack fields. */
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

/** The longest message the API convention admits. */
const longestMessage = 32_768;

/** The conditions with one set: lastTransitionTime changes only when its status does; the others stay as they are. */
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

/** A status of which conditions tell, and on which generation the one that sums up was judged. */
export interface ConditionedStatus {
  readonly conditions?: readonly Condition[] | undefined;
  readonly observedGeneration?: number | undefined;
}

/** The status with conditions set; where the one that sums up (`summary`) is among them, the generation that was judged is on record beside. */
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

/** A time as metav1.Time writes it: whole seconds, UTC. */
export function timestamp(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}
