import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { facts, stageNames } from "../../crds/stage-names.ts";
import { parseServerless } from "../../eventing/broker/serverless.ts";
import { loadStage, loadStages, stages } from "../../functions/stages.ts";

const root = new URL("../../", import.meta.url);
const serverless = parseServerless(readFileSync(new URL("serverless.yaml", root), "utf8"));

describe("a stage loaded alone", () => {
  test.each(stageNames)("%s is the one that runs where all stages are loaded", async (name) => {
    expect(await loadStage(name)).toBe((await loadStages()).get(name));
  });

  test.each(stageNames)("%s is the handler that serverless.yaml names", async (name) => {
    const handler = serverless.functions.find((one) => one.name === name)?.handler ?? "";
    const [path, exported] = [handler.slice(0, handler.lastIndexOf(".")), handler.slice(handler.lastIndexOf(".") + 1)];
    const module: Readonly<Record<string, unknown>> = await import(new URL(`${path}.ts`, root).href);
    expect(module[exported]).toBe(await loadStage(name));
  });
});

describe("the table of stages", () => {
  test("has every fact that there is, and tells of none that there is not", () => {
    const told = new Set(Object.values(stages).flatMap((stage) => stage.facts));
    expect([...told].toSorted()).toEqual(facts.toSorted());
  });

  test("is what serverless.yaml has functions for", () => {
    const served = serverless.functions.map(({ name }) => name).filter((name) => name !== "lifecycle");
    expect(served.toSorted()).toEqual(Object.keys(stages).toSorted());
  });
});
