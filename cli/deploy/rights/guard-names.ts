import { labelsOf } from "../objects/container.ts";

/** The name of the policy that `guard.enabled` adds, and of its binding. */
export const guardName = "plugboard-guard";

/** The name of the policy on whom one may act as, and of its binding. */
export const impersonationPolicyName = "plugboard-impersonation";

/** Labels that tell our policies from others with the same name. */
export const guardLabels: { readonly [label: string]: string } = labelsOf("guard");

/**
 * Form of user and group names that the guard admits.
 * No quotes, backslashes or spaces, because the name becomes a CEL string.
 */
export const admittedName = "^[^\\s'\"\\\\]+$";
