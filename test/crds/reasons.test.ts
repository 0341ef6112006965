import { expect, test } from "@jest/globals";
import { reasonOf, reasons } from "../../crds/reasons.ts";
import { RenderTimeout } from "../../functions/render-jobs/render-thread.ts";
import * as failures from "../../kit/errors.ts";
import { TemplateError } from "../../templates/problems.ts";

const names = [...Object.values(failures), RenderTimeout, TemplateError].flatMap((one) =>
  typeof one === "function" && one.prototype instanceof failures.OperatorError ? [one.name] : [],
);

test.each(names)("the catalogue has the failure %s, which a condition names", (name) => {
  expect(reasonOf({ name })).toBe(name);
  expect(Object.keys(reasons)).toContain(name);
});

test("a failure of another program is an Error", () => {
  expect(reasonOf({ name: "SyntaxError" })).toBe("Error");
});
