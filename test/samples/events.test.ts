import { describe, expect, test } from "@jest/globals";
import { eventFormat, stageNames } from "../../crds/stage-names.ts";
import { parseStageRequest, stageEvent } from "../../eventing/cloud-events.ts";
import { sampleEvents, sampleManifests } from "./sample-files.ts";

const events = sampleEvents();
const objects = sampleManifests("postgres");

function attributesOf(event: unknown): readonly string[] {
  return Object.keys(event as object).toSorted();
}

describe("the sample events", () => {
  test("are one for each stage", () => {
    expect([...events.keys()].toSorted()).toEqual(stageNames.toSorted());
  });

  test.each([...events])("ask for the stage their file is named for: %s", (stage, event) => {
    expect(parseStageRequest(eventFormat, event)).toMatchObject({ stage });
    expect(event).toMatchObject({ data: { stage } });
  });

  test.each([...events].filter(([stage]) => /^(plug|socket)\./.test(stage)))(
    "mean an object of the PostgreSQL sample: %s",
    (_, event) => {
      const { namespace, name } = parseStageRequest(eventFormat, event);
      const { kind, apiversion } = event as { readonly kind: string; readonly apiversion: string };
      const meant = objects.filter((one) => one.kind === kind && one.metadata.name === name);
      expect(meant).toMatchObject([{ apiVersion: apiversion, metadata: { namespace } }]);
    },
  );

  test.each([...events])(
    "have the attributes Plugboard sends, but those that only a cluster knows: %s",
    (stage, event) => {
      const object = { apiVersion: "v1", kind: "Plug", namespace: "n", name: "n", uid: "u", resourceVersion: "1" };
      const name = stageNames.find((one) => one === stage) ?? "plug.couple";
      const sent = stageEvent(eventFormat, { clusterUid: "c", stage: name, object, inputs: "i", attempt: 0, now: 0 });
      expect(attributesOf(event)).toEqual(attributesOf(sent).filter((attribute) => attribute !== "uid"));
    },
  );
});
