import { describe } from "@jest/globals";
import { describeApplying } from "./applying.ts";
import { describeCustomResources } from "./custom-resources.ts";
import { describeDeleting } from "./deleting.ts";
import type { ClusterUnderTest } from "./ground.ts";
import { describeReading } from "./reading.ts";
import { describeRights } from "./rights.ts";
import { describeWatching } from "./watching.ts";
import { describeWriting } from "./writing.ts";

/** What every implementation of the Kube port promises, as tests: called once with a factory that gives each test its own namespace. */
export function describeKubeContract(name: string, cluster: () => Promise<ClusterUnderTest>): void {
  describe(`${name} keeps the contract of the Kube port`, () => {
    describe("reading", () => describeReading(cluster));
    describe("writing", () => describeWriting(cluster));
    describe("applying", () => describeApplying(cluster));
    describe("deleting", () => describeDeleting(cluster));
    describe("watching", () => describeWatching(cluster));
    describe("custom resources", () => describeCustomResources(cluster));
    describe("rights", () => describeRights(cluster));
  });
}
