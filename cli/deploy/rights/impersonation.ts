import { allOf, each, equal, groupOfItem, type Node, resourceOfItem, set, when } from "../blueprint/blueprint.ts";

const isLegacy = equal(["impersonation", "mode"], "legacy");

const resourceNames = when(set("impersonation", "serviceAccounts"), [allOf("impersonation", "serviceAccounts")]);

/**
 * The rules by which an account may act as service accounts, with these verbs alone (constrained impersonation, KEP-5284): whom it may act as
 * is one right, each verb on a kind another. An API server before Kubernetes 1.36 knows neither; its one right, `impersonate`, includes every
 * verb, and newer ones fall back to it: so it is granted only where it is asked for.
 */
export function impersonation(verbs: readonly string[]): readonly Node[] {
  if (verbs.length === 0) return [];
  const onThese = verbs.map((verb) => `impersonate-on:serviceaccount:${verb}`);
  return [
    when(isLegacy, { apiGroups: [""], resources: ["serviceaccounts"], verbs: ["impersonate"], resourceNames }, [
      {
        apiGroups: ["authentication.k8s.io"],
        resources: ["serviceaccounts"],
        verbs: ["impersonate:serviceaccount"],
        resourceNames,
      },
      when(
        set("impersonation", "kinds"),
        [each(["impersonation", "kinds"], { apiGroups: [groupOfItem], resources: [resourceOfItem], verbs: onThese })],
        { apiGroups: ["*"], resources: ["*"], verbs: onThese },
      ),
    ]),
  ];
}
