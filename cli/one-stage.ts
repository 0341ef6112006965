import { randomBytes, randomUUID } from "node:crypto";
import type { Plug } from "../crds/generated/plug.ts";
import type { Socket } from "../crds/generated/socket.ts";
import { apiVersion } from "../crds/names.ts";
import { readPlug } from "../crds/parse-plug.ts";
import type { StageContext } from "../functions/context.ts";
import { SnapshotStore } from "../functions/snapshot-store.ts";
import type { Clock } from "../kit/clock.ts";
import type { Kube, KubeObject } from "../kit/kube.ts";
import { Notifier } from "../kit/notices.ts";

export interface OneStageOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly operatorNamespace: string;
  /** An Event for people could not be written. */
  readonly failed: (error: unknown) => void;
}

/** What a stage needs that runs by itself, with no source beside it: it reads everything live. */
export function oneStageContext({ kube, clock, operatorNamespace, failed }: OneStageOptions): StageContext {
  const holder = `invoke_${randomUUID()}`;
  const random = (): string => randomBytes(24).toString("hex");
  const notifier = new Notifier(
    kube,
    { instance: holder, now: () => clock.now(), nonce: () => random().slice(0, 16) },
    failed,
  );
  return {
    kube,
    live: kube,
    clock,
    holder,
    oneAtATime: false,
    operatorNamespace,
    snapshots: new SnapshotStore(kube, operatorNamespace),
    notify: (notices) => notifier.notify(notices),
    plugsOf: (socket) => plugsOf(kube, socket),
    random,
  };
}

async function plugsOf(kube: Kube, { metadata }: Socket): Promise<readonly Plug[]> {
  const found = new Map<string, Plug>();
  for (const fieldSelector of [`spec.socket.name=${metadata.name}`, `status.coupledSocket.uid=${metadata.uid}`])
    for await (const object of plugsBy(kube, fieldSelector)) {
      const plug = readPlug(object);
      const { namespace = plug.metadata.namespace } = plug.spec.socket;
      const coupled = plug.status?.coupledSocket?.uid === metadata.uid;
      if (coupled || namespace === metadata.namespace) found.set(plug.metadata.uid, plug);
    }
  return [...found.values()];
}

async function* plugsBy(kube: Kube, fieldSelector: string): AsyncGenerator<KubeObject> {
  let token: string | undefined;
  do {
    const page = await kube.list({ apiVersion, kind: "Plug", fieldSelector, limit: 500, continue: token });
    yield* page.items;
    token = page.continue;
  } while (token !== undefined);
}
