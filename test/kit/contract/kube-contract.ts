import { describe } from "@jest/globals";
import type { Kube, ServiceAccountName } from "../../../kit/kube/port.ts";
import { describeApplying } from "./applying.ts";
import { describeCustomResources } from "./custom-resources.ts";
import { describeDeleting } from "./deleting.ts";
import { describeReading } from "./reading.ts";
import { describeRights } from "./rights.ts";
import { describeWatching } from "./watching.ts";
import { describeWriting } from "./writing.ts";

/** A rule as a Role has them. */
export interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly verbs: string[];
}

/** What the contract needs of a cluster: rights over everything, and namespaces of its own. */
export interface ClusterUnderTest {
  readonly kube: Kube;
  /** Fresh for each test. */
  readonly namespace: string;
  /** One more fresh namespace. */
  another(): Promise<string>;
  /** Grants it the rule in its own namespace; effective when the promise resolves. */
  allow(serviceAccount: ServiceAccountName, rule: Rule): Promise<void>;
  /** Forgets the history of changes; absent where a cluster cannot be told to. */
  compact?(): Promise<void>;
}

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
