import { afterAll, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../../kit/clock.ts";
import { type Campaign, campaign, type Term } from "../../../kit/election/campaign.ts";
import { loadKubeConfig } from "../../../kit/live/config/kube-config.ts";
import { createLiveKube } from "../../../kit/live/live-kube.ts";
import { sharedApiServer } from "../../api-server/api-server.ts";

const server = sharedApiServer();
const kubeConfig = await loadKubeConfig({ path: server.kubeconfigPath });
const kube = createLiveKube({ kubeConfig, userAgent: "leader-election" });
afterAll(() => kube.close());

interface Candidate extends Campaign {
  readonly elected: Promise<Term>;
}

function runFor(namespace: string, identity: string): Candidate {
  const { promise: elected, resolve: onElected, reject: onError } = Promise.withResolvers<Term>();
  const lease = { namespace, name: "leader" };
  const releasedBy = "example.com/released-by";
  const options = { kube, clock: systemClock, lease, identity, releasedBy, retrySeconds: 0.1, onLost: () => undefined };
  return Object.assign(campaign({ ...options, onElected, onError }), { elected });
}

describe("a Lease of a real API server", () => {
  test("makes one leader, is renewed, and passes on at once when the leader steps down", async () => {
    const namespace = await server.freshNamespace();
    const key = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace, name: "leader" };
    const first = runFor(namespace, "first");
    await first.elected;
    const second = runFor(namespace, "second");
    const made = await kube.get(key);
    const renewed = await renewal(made?.metadata.resourceVersion ?? "", key);
    expect(renewed).toMatchObject({ holderIdentity: "first", leaseTransitions: 0 });
    expect(second.leading).toBe(false);
    await first.stop();
    expect((await second.elected).former).toBe("first");
    expect((await kube.get(key))?.["spec"]).toMatchObject({ holderIdentity: "second", leaseTransitions: 1 });
    await second.stop();
    expect((await kube.get(key))?.["spec"]).not.toHaveProperty("holderIdentity", "second");
  });
});

async function renewal(resourceVersion: string, key: { apiVersion: string; kind: string; namespace: string }) {
  const abort = new AbortController();
  for await (const event of kube.watch({ ...key, resourceVersion, signal: abort.signal })) {
    if (event.type === "MODIFIED") return event.object["spec"];
  }
  return undefined;
}
