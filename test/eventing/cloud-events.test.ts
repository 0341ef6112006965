import { describe, expect, test } from "@jest/globals";
import { CloudEvent } from "cloudevents";
import { apiVersion } from "../../crds/names.ts";
import { eventFormat, stageNames } from "../../crds/stage-names.ts";
import {
  type EventObject,
  factEvent,
  parseStageRequest,
  type StageEventInput,
  stageEvent,
} from "../../eventing/cloud-events.ts";
import { InvalidInput } from "../../kit/errors.ts";

const plug: EventObject = {
  apiVersion,
  kind: "Plug",
  namespace: "apps",
  name: "app",
  uid: "u-1",
  resourceVersion: "42",
  generation: 3,
};
const trace = { id: "ab".repeat(16), parent: "cd".repeat(8), flags: "01" };
const asked: StageEventInput = {
  clusterUid: "c-1",
  stage: "plug.couple",
  object: plug,
  inputs: "abc",
  attempt: 0,
  now: 0,
};

describe("a stage event", () => {
  test("is a valid CloudEvent with the attributes that were promised", () => {
    const event = stageEvent(eventFormat, { ...asked, data: { socket: { namespace: "data", name: "db" } }, trace });
    expect(new CloudEvent({ ...event }).validate()).toBe(true);
    expect(event).toMatchObject({
      type: "com.rock8s.integration.plug.couple",
      source: "/clusters/c-1",
      subject: "/apis/integration.rock8s.com/v1beta1/namespaces/apps/plugs/app",
      id: "u-1.42.plug.couple.abc",
      partitionkey: "u-1",
      kind: "Plug",
      apiversion: apiVersion,
      name: "app",
      namespace: "apps",
      uid: "u-1",
      generation: "3",
      traceparent: expect.stringMatching(`^00-${trace.id}-[0-9a-f]{16}-01$`),
      data: { stage: "plug.couple", name: "app", socket: { namespace: "data", name: "db" } },
    });
  });

  test("says which attempt it is when it is sent again", () => {
    const again = stageEvent(eventFormat, { ...asked, attempt: 2 });
    expect([again.id, again.attempt]).toEqual(["u-1.42.plug.couple.abc.2", "2"]);
  });

  test.each([0, 1, 12])("gives its fact one id, whichever attempt ran (%d)", (attempt) => {
    const event = stageEvent(eventFormat, { ...asked, inputs: "12", attempt });
    const request = { stage: "plug.couple", namespace: "apps", name: "app", uid: "u-1" };
    const fact = factEvent(eventFormat, event, { request, fact: "plug.coupled", trace: undefined, now: 0 });
    expect(fact.id).toBe("u-1.42.plug.couple.12.plug.coupled");
  });

  test("stays under 1 KiB of data with the longest names there are", () => {
    const [namespace, name, uid] = ["n".repeat(63), "p".repeat(253), "u".repeat(36)];
    const event = stageEvent(eventFormat, {
      ...asked,
      object: { ...plug, namespace, name, uid },
      data: { socket: { namespace, name, uid } },
    });
    expect(JSON.stringify(event.data).length).toBeLessThan(1024);
  });

  test.each(stageNames)("of %s is read as the request it was made for", (stage) => {
    const event = stageEvent(eventFormat, { ...asked, stage, object: { ...plug, ...eventFormat.kindOfStage[stage] } });
    expect(parseStageRequest(eventFormat, event)).toEqual({ stage, namespace: "apps", name: "app", uid: "u-1" });
    expect(parseStageRequest(eventFormat, JSON.parse(JSON.stringify(event)))).toEqual(
      parseStageRequest(eventFormat, event),
    );
  });

  test("may be written by hand with a subject alone", () => {
    const { namespace: _, name: __, uid: ___, ...event } = stageEvent(eventFormat, asked);
    expect(parseStageRequest(eventFormat, event)).toEqual({ stage: "plug.couple", namespace: "apps", name: "app" });
  });
});

describe("a fact", () => {
  test("is a valid CloudEvent of the same object, and asks for nothing", () => {
    const event = stageEvent(eventFormat, asked);
    const happened = { fact: "plug.coupled", trace: undefined, now: 1_000 } as const;
    const fact = factEvent(eventFormat, event, { ...happened, request: parseStageRequest(eventFormat, event) });
    expect(new CloudEvent({ ...fact }).validate()).toBe(true);
    expect(fact).toMatchObject({
      type: "com.rock8s.integration.plug.coupled",
      partitionkey: "u-1",
      id: "u-1.42.plug.couple.abc.plug.coupled",
    });
    expect(() => parseStageRequest(eventFormat, fact)).toThrow(InvalidInput);
  });
});

describe("what is not one of our events is refused by the attribute's name", () => {
  const event = stageEvent(eventFormat, asked);
  test.each([
    ["expected a CloudEvent", null],
    ["expected a CloudEvent", "plug.couple"],
    ["specversion", { ...event, specversion: "0.3" }],
    ["id", { ...event, id: "" }],
    ["source", { ...event, source: undefined }],
    ["type", { ...event, type: "dev.knative.apiserver.resource.add" }],
    ["namespace", { ...event, subject: undefined, namespace: undefined }],
    ["name", { ...event, subject: undefined, name: "../secrets" }],
    ["name", { ...event, name: 7 }],
    ["uid", { ...event, uid: {} }],
    ["subject", { ...event, subject: "/apis/integration.rock8s.com/v1beta1/namespaces/apps/sockets/app" }],
    ["subject", { ...event, subject: "/apis/integration.rock8s.com/v1beta1/namespaces/apps/plugs/another" }],
  ])("%s", (attribute, wrong) => {
    expect(() => parseStageRequest(eventFormat, wrong)).toThrow(InvalidInput);
    expect(() => parseStageRequest(eventFormat, wrong)).toThrow(attribute);
  });
});
