import { systemClock } from "../../../kit/clock.ts";
import type { ServiceAccountName } from "../../../kit/kube/port.ts";
import { createMemoryCluster, type MemoryCluster } from "../../../kit/memory/cluster.ts";
import type { ClusterUnderTest, Rule } from "../contract/ground.ts";
import { describeKubeContract } from "../contract/kube-contract.ts";

const cluster = createMemoryCluster({ clock: systemClock, rbac: true, bookmarkMilliseconds: 100 });
let namespaces = 0;

describeKubeContract("the in-memory cluster", async () => underTest(cluster));

async function underTest({ kube, compact }: MemoryCluster): Promise<ClusterUnderTest> {
  const another = async (): Promise<string> => {
    namespaces += 1;
    const created = await kube.create({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: `test-${namespaces}` },
    });
    return created.metadata.name;
  };
  return { kube, namespace: await another(), another, allow, compact: async () => compact() };
}

async function allow({ namespace, name }: ServiceAccountName, rule: Rule): Promise<void> {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const metadata = { namespace, name: `${name}-${rule.verbs.join("-")}-${rule.resources.length}` };
  const options = { fieldManager: "test", force: true };
  await cluster.kube.apply({ apiVersion, kind: "Role", metadata, rules: [rule] }, options);
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name };
  const subjects = [{ kind: "ServiceAccount", namespace, name }];
  await cluster.kube.apply({ apiVersion, kind: "RoleBinding", metadata, roleRef, subjects }, options);
}
