import { labelsOf } from "../objects/container.ts";

/** The name of the policy that `guard.enabled` adds, and of its binding. */
export const guardName = "plugboard-guard";

/** The name of the policy on whom one may act as, and of its binding. */
export const impersonationPolicyName = "plugboard-impersonation";

/** By what our policies are told from others of their names. */
export const guardLabels: { readonly [label: string]: string } = labelsOf("guard");

/** How the name of a user or group may be written that the guard admits: without quotes, backslashes and blanks, as it becomes a text of CEL. */
export const admittedName = "^[^\\s'\"\\\\]+$";
