import { finalizer, group } from "../../../crds/names.ts";
import {
  type Blank,
  both,
  concatenated,
  each,
  type Fields,
  item,
  joined,
  type Node,
  namespace,
  not,
  set,
  when,
} from "../blueprint/blueprint.ts";
import type { Descriptor, Rights } from "../descriptor.ts";
import { isKnative, isStandalone, labelsOf } from "../objects/container.ts";
import { everywhere } from "./rights.ts";

/**
 * Admission policy that lets only Plugboard write the status of Plugs and Sockets, and add or remove the finalizer.
 * It does not check deletions, so garbage collection and the deletion of a namespace work.
 */
export function guard({ source, functions }: Descriptor): readonly Node[] {
  const writers = functions.filter(({ rights }) => mayChangeOurs(rights)).map(({ target }) => target);
  const enabled = set("guard", "enabled");
  return [
    when(both(enabled, isStandalone), policyAndBinding(["plugboard"])),
    when(
      both(enabled, isKnative),
      policyAndBinding(mayChangeOurs(source.rights) ? ["plugboard-source", ...writers] : writers),
    ),
  ];
}

const guarded = ["plugs", "sockets"];

function mayChangeOurs({ served }: Rights): boolean {
  return guarded.some(
    (kind) => served[`${kind}/status.${group}`] !== undefined || served[`${kind}.${group}`]?.includes("patch"),
  );
}

function policyAndBinding(accounts: readonly string[]): readonly Node[] {
  return policy(guardName, {
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [group],
            apiVersions: ["*"],
            operations: ["CREATE", "UPDATE"],
            resources: guarded.flatMap((kind) => [kind, `${kind}/status`]),
          },
        ],
      },
      matchConditions: [
        { name: "not-plugboard", expression: notOneOf(accounts) },
        when(set("guard", "users"), { name: "no-admitted-user", expression: notAmong("users") }),
        when(set("guard", "groups"), { name: "no-admitted-group", expression: notAmong("groups") }),
      ],
      variables: [
        { name: "before", expression: `oldObject != null && ${hasFinalizer("oldObject")}` },
        { name: "after", expression: hasFinalizer("object") },
      ],
      validations: [
        {
          expression: "!has(request.subResource) || request.subResource != 'status'",
          reason: "Forbidden",
          message:
            "Only Plugboard writes the status of Plugs and Sockets. Change spec instead; Plugboard updates the status. To remove Plugboard, run: plugboard uninstall",
        },
        {
          expression: "variables.before || !variables.after",
          reason: "Forbidden",
          message: `Only Plugboard adds the finalizer ${finalizer}. Leave it out of metadata.finalizers; Plugboard adds it.`,
        },
        {
          expression: "!variables.before || variables.after",
          reason: "Forbidden",
          message: `Only Plugboard removes the finalizer ${finalizer}. Delete the object and keep the finalizer; Plugboard removes it after it has cleaned up. If the cleanup cannot succeed, set the annotation ${group}/force-remove: "true". To remove Plugboard, run: plugboard uninstall`,
        },
      ],
    },
    matchResources: {
      namespaceSelector: {
        matchExpressions: [
          {
            key: "kubernetes.io/metadata.name",
            operator: "In",
            values: [each(["config", "namespaces"], item)],
          },
        ],
      },
    },
  });
}

function hasFinalizer(object: string): string {
  return `has(${object}.metadata.finalizers) && '${finalizer}' in ${object}.metadata.finalizers`;
}

function notOneOf(accounts: readonly string[]): Blank {
  const names = accounts.flatMap((account, index) => [
    `${index === 0 ? "" : ", "}'system:serviceaccount:`,
    namespace,
    `:${account}'`,
  ]);
  return concatenated("!(request.userInfo.username in [", ...names, "])");
}

/**
 * True for users and groups that the values do not admit.
 * `admittedName` excludes characters that would end a CEL string.
 */
function notAmong(names: "users" | "groups"): Blank {
  const listed = joined("', '", "guard", names);
  return names === "users"
    ? concatenated("!(request.userInfo.username in ['", listed, "'])")
    : concatenated("!has(request.userInfo.groups) || !request.userInfo.groups.exists(one, one in ['", listed, "'])");
}

/**
 * RBAC cannot exclude a namespace: rights to impersonate service accounts include those of kube-system and of
 * Plugboard.
 * This policy refuses writes by clients that impersonate such an account.
 * A token of the account has its uid, an impersonated account has none.
 * Reads are not checked.
 * Without effect if one of the two namespaces is served: then Plugboard must impersonate its accounts.
 */
export function impersonationPolicy(): readonly Node[] {
  const needed = both(everywhere, not(set("config", "serveNamespaces")));
  const enabled = both(set("impersonation", "protectNamespaces"), needed);
  return [
    when(
      enabled,
      policy(impersonationPolicyName, {
        spec: {
          // Controllers of the cluster use these accounts; an error of this policy must not stop them.
          failurePolicy: "Ignore",
          matchConstraints: {
            resourceRules: [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"] }],
            // `kubectl auth can-i --as` sends this request; it changes nothing.
            excludeResourceRules: [
              {
                apiGroups: ["authorization.k8s.io", "authentication.k8s.io"],
                apiVersions: ["*"],
                operations: ["*"],
                resources: ["*/*"],
              },
            ],
          },
          matchConditions: [
            {
              name: "service-account-of-a-protected-namespace",
              expression: concatenated(
                "request.userInfo.username.startsWith('system:serviceaccount:kube-system:') || request.userInfo.username.startsWith('system:serviceaccount:",
                namespace,
                ":')",
              ),
            },
          ],
          validations: [
            {
              expression:
                "(has(request.userInfo.uid) && request.userInfo.uid != '') || (has(request.userInfo.extra) && size(request.userInfo.extra) > 0)",
              reason: "Forbidden",
              message: concatenated(
                "Service accounts of kube-system and ",
                namespace,
                " may not be impersonated to write. Use a token of the account, or your own user. To let Plugboard serve Plugs there, install it with impersonation.protectNamespaces=false",
              ),
            },
          ],
        },
      }),
    ),
  ];
}

interface Policy {
  readonly spec: Fields;
  /** The namespaces in which the policy applies, if only some are served. */
  readonly matchResources?: Fields;
}

function policy(name: string, { spec, matchResources }: Policy): readonly Node[] {
  const metadata = { name, labels: guardLabels };
  const apiVersion = "admissionregistration.k8s.io/v1";
  return [
    { apiVersion, kind: "ValidatingAdmissionPolicy", metadata, spec },
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata,
      spec: {
        policyName: name,
        validationActions: ["Deny"],
        ...(matchResources === undefined ? {} : { matchResources: when(set("config", "namespaces"), matchResources) }),
      },
    },
  ];
}

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
