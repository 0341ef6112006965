import { labelsOf } from "../objects/container.ts";

/** The name of the policy that `guard.enabled` adds, and of its binding. */
export const guardName = "plugboard-guard";

/** The name of the policy that limits impersonation, and of its binding. */
export const impersonationPolicyName = "plugboard-impersonation";

/** Labels of our policies. Policies of others can have the same name, but not these labels. */
export const guardLabels: { readonly [label: string]: string } = labelsOf("guard");

/**
 * Form of user and group names that the guard admits.
 * No quotes, backslashes or spaces, because the name becomes a CEL string.
 */
export const admittedName = "^[^\\s'\"\\\\]+$";
