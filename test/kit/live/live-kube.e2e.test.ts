import { afterAll } from "@jest/globals";
import type { ServiceAccountName } from "../../../kit/kube/port.ts";
import { loadKubeConfig } from "../../../kit/live/config/kube-config.ts";
import { createLiveKube } from "../../../kit/live/live-kube.ts";
import { sharedApiServer } from "../../api-server/api-server.ts";
import type { Rule } from "../contract/ground.ts";
import { describeKubeContract } from "../contract/kube-contract.ts";

const server = sharedApiServer();
const kube = createLiveKube({
  kubeConfig: await loadKubeConfig({ path: server.kubeconfigPath }),
  userAgent: "kube-contract",
});

afterAll(() => kube.close());

async function allow({ namespace, name }: ServiceAccountName, rule: Rule): Promise<void> {
  const metadata = { namespace, name: `${name}-${crypto.randomUUID()}` };
  const group = "rbac.authorization.k8s.io";
  const owner = { fieldManager: "contract", force: true };
  await kube.apply({ apiVersion: `${group}/v1`, kind: "Role", metadata, rules: [rule] }, owner);
  await kube.apply(
    {
      apiVersion: `${group}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: group, kind: "Role", name: metadata.name },
      subjects: [{ kind: "ServiceAccount", namespace, name }],
    },
    owner,
  );
}

describeKubeContract("a real API server", async () => ({
  kube,
  namespace: await server.freshNamespace(),
  another: () => server.freshNamespace(),
  allow,
}));
