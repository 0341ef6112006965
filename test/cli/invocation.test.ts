import { expect, test } from "@jest/globals";
import { forgetEmptyVariables } from "../../cli/invocation.ts";

test("variables of ours that are set to nothing say nothing, and those of others stay", () => {
  const environment = { PLUGBOARD_ADOPT: "", K_SINK: "", PORT: "", LOG_LEVEL: "warn", FUNCTION_TARGET: "", OTHERS: "" };
  forgetEmptyVariables(environment);
  expect(environment).toEqual({ LOG_LEVEL: "warn", OTHERS: "" });
});
