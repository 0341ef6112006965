import { describe, expect, test } from "@jest/globals";
import { nextDeferredResourceStage } from "../../../crds/deferred-resource/next-stage.ts";
import { parseDeferredResource } from "../../../crds/deferred-resource/parse.ts";
import { apiVersion, finalizer } from "../../../crds/names.ts";
import type { ObjectMeta } from "../../../kit/kube/port.ts";
import { at, now } from "./situations.ts";

interface Situation {
  readonly metadata?: object;
  readonly spec?: object;
  readonly status?: object;
  readonly seen?: Partial<ObjectMeta> | "gone" | undefined;
}
type Case = readonly [claim: string, situation: Situation, due: string];

const resource = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "made" } };
const resolved = (status: string, reason: string, observedGeneration = 1) => ({
  conditions: [{ type: "Resolved", status, reason, message: "", observedGeneration }],
  observedGeneration,
});
const unserved = { ...resolved("False", "NotServed"), held: { reason: "NotServed", generation: 1 } };
const waiting = resolved("False", "Waiting");
const awaits = {
  ...waiting,
  refs: [{ role: "awaited", apiVersion: "v1", kind: "Secret", name: "pw", version: "absent" }],
};

const cases: readonly Case[] = [
  ["that is new is looked at", { metadata: { finalizers: [] } }, "due"],
  ["that nobody has judged is looked at", {}, "due"],
  ["that was edited is looked at", { metadata: { generation: 2 }, status: waiting }, "due"],
  ["waits for its time", { spec: { timeout: 3_600 }, status: waiting }, "nothing, opens at 12:30:00"],
  ["is due once its time has come", { spec: { timeout: 1_800 }, status: waiting }, "due"],
  ["waits for what is not there", { status: awaits, seen: "gone" }, "nothing"],
  ["is due once that has come", { status: awaits, seen: { resourceVersion: "4" } }, "due"],
  ["waits while nothing is known of that", { status: awaits }, "nothing"],
  ["that is resolved is left", { status: resolved("True", "Success") }, "nothing"],
  ["that was resolved and edited is looked at", { metadata: { generation: 2 }, status: resolved("True", "Success") }, "due"],
  ["that failed finally is left", { status: { ...waiting, failure: { stage: "deferredresource.resolve", revision: 1, reason: "InvalidInput" } } }, "nothing"],
  ["that failed finally is looked at after an edit", { metadata: { generation: 2 }, status: { ...waiting, failure: { stage: "deferredresource.resolve", revision: 1, reason: "InvalidInput" } } }, "due"],
  ["that is being deleted is released", { metadata: { deletionTimestamp: at("11:59:00") }, status: resolved("True", "Success") }, "due"],
  ["that is being deleted is nobody's without our finalizer", { metadata: { deletionTimestamp: at("11:59:00"), finalizers: ["other/one"] } }, "nothing"],
  ["in a namespace that is not served is told so", { metadata: { namespace: "kube-system", finalizers: [] } }, "due"],
  ["in a namespace that is not served is told so once", { metadata: { namespace: "kube-system", finalizers: [] }, status: unserved }, "nothing"],
  ["in a namespace that is not served is released", { metadata: { namespace: "kube-system", deletionTimestamp: at("11:59:00") } }, "due"],
  ["that says so is looked at once the namespace is served", { status: unserved }, "due"],
  ["at which somebody works is left", { status: { stage: { name: "deferredresource.resolve", revision: 1, holder: "another", until: at("12:00:30") } } }, "nothing before 12:00:40"],
];

describe("a deferred resource", () => {
  test.each(cases)("%s", (_claim, { metadata = {}, spec = {}, status, seen }, expected) => {
    const deferred = parseDeferredResource({
      apiVersion,
      kind: "DeferredResource",
      metadata: {
        name: "later",
        namespace: "shop",
        uid: "d-1",
        resourceVersion: "5",
        generation: 1,
        creationTimestamp: at("11:30:00"),
        finalizers: [finalizer],
        ...metadata,
      },
      spec: { resource, ...spec },
      ...(status === undefined ? {} : { status }),
    });
    const due = nextDeferredResourceStage({
      deferred,
      evidence: { kind: "seen", see: ({ name }) => (seen === undefined ? { known: false } : { known: true, metadata: seen === "gone" ? undefined : { name, ...seen } }) },
      clock: { now, voidHolders: [] },
      serving: { operatorNamespace: "plugboard" },
    });
    expect(said(due)).toBe(expected);
  });
});

function said(due: ReturnType<typeof nextDeferredResourceStage>): string {
  const time = (at: number): string => new Date(at).toISOString().slice(11, 19);
  if (due.stage !== undefined) return "due";
  if (due.lookAgainAt !== undefined) return `nothing before ${time(due.lookAgainAt)}`;
  return due.opensAt === undefined ? "nothing" : `nothing, opens at ${time(due.opensAt)}`;
}
