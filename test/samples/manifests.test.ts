import { describe, expect, test } from "@jest/globals";
import { crdDocuments } from "../../crds/documents.ts";
import { parsePlug } from "../../crds/plug/parse.ts";
import { parseSocket } from "../../crds/socket/parse.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { createMemoryCluster } from "../../kit/memory/cluster.ts";
import { handClock } from "../worlds/hand-clock.ts";
import { sampleManifests, samples } from "./sample-files.ts";

function stored(manifest: KubeObject): KubeObject {
  return { ...manifest, metadata: { ...manifest.metadata, uid: "uid", resourceVersion: "1" } };
}

describe.each(samples)("the sample %s", (sample) => {
  const manifests = sampleManifests(sample);
  const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);

  test("is a socket and a plug that points at it", () => {
    const [socket, ...moreSockets] = ofKind("Socket").map(stored).map(parseSocket);
    const [plug, ...morePlugs] = ofKind("Plug").map(stored).map(parsePlug);
    expect([...moreSockets, ...morePlugs]).toEqual([]);
    expect(plug?.spec.socket.name).toBe(socket?.metadata.name);
    expect(plug?.spec.socket.namespace ?? plug?.metadata.namespace).toBe(socket?.metadata.namespace);
  });

  test("is taken in the order of its files by a cluster that has the CRDs", async () => {
    const { kube, load } = createMemoryCluster({ clock: handClock() });
    await load(crdDocuments());
    for (const manifest of manifests) {
      const applied = await kube.apply(manifest, { fieldManager: "kubectl", force: false });
      expect(applied.metadata).toMatchObject(manifest.metadata);
    }
  });

  test("says of every namespaced object where it belongs", () => {
    const homeless = manifests.filter(({ kind, metadata }) => kind !== "Namespace" && metadata.namespace === undefined);
    expect(homeless.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([]);
  });
});
