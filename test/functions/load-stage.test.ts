import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { stageNames } from "../../crds/stage-names.ts";
import { parseServerless } from "../../eventing/serverless.ts";
import { loadStage } from "../../functions/load-stage.ts";
import { stages } from "../../functions/stages.ts";

const root = new URL("../../", import.meta.url);
const serverless = parseServerless(readFileSync(new URL("serverless.yaml", root), "utf8"));

describe("a stage loaded alone", () => {
  test.each(stageNames)("%s is the one that runs where all stages are loaded", async (name) => {
    expect(await loadStage(name)).toBe(stages[name]);
  });

  test.each(stageNames)("%s is the handler that serverless.yaml names", async (name) => {
    const handler = serverless.functions.find((one) => one.name === name)?.handler ?? "";
    const [path, exported] = [handler.slice(0, handler.lastIndexOf(".")), handler.slice(handler.lastIndexOf(".") + 1)];
    const module: Readonly<Record<string, unknown>> = await import(new URL(`${path}.ts`, root).href);
    expect(module[exported]).toBe(await loadStage(name));
  });
});
