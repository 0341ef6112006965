import { describe, expect, test } from "@jest/globals";
import { InvalidInput, Rejected, Unavailable } from "../../../kit/errors.ts";
import { blankerOf } from "../../../kit/outlet/blanker.ts";
import { tell, told, withheld } from "../../../kit/outlet/outlet.ts";

const request = "apply ConfigMap app/settings";
const message = `${request}: the API server answered 422 (Invalid)`;

function refusal(quote: string): InvalidInput {
  return new InvalidInput(message, { request, quote, fields: ["data.password"] });
}

describe("what a failure says", () => {
  test("is what was asked, in our words, and what others said of it", () => {
    expect(tell(refusal("data.a: Required value"))).toBe(`${request}: data.a: Required value`);
  });

  test("has what others said blanked, but never our own words", () => {
    const said = tell(refusal('"settings" is not hunter22'), blankerOf(["settings", "hunter22", "ConfigMap app"]));
    expect(said).toBe(`${request}: "(sensitive)" is not (sensitive)`);
  });

  test("is blanked before it is cut", () => {
    const said = tell(refusal(`${"y".repeat(2_040)}hunter22-and-more`), blankerOf(["hunter22-and-more"]));
    expect(said).not.toContain("hunter");
  });

  test("names the fields alone where the rest is withheld, without secrets in them", () => {
    const error = new InvalidInput(message, { request, quote: "x", fields: ["metadata.labels", "data[hunter22]"] });
    expect(tell(withheld(error), blankerOf(["hunter22"]))).toBe(`${message}, about metadata.labels, data[(sensitive)]`);
  });

  test("looks for secrets once, however many fields are wrong", () => {
    const fields = Array.from({ length: 2_000 }, (_, n) => `spec.ports[${n}].hunter22`);
    const looks: string[] = [];
    const passes: (readonly string[])[] = [];
    const look = (text: string): string | undefined => {
      looks.push(text);
      return blankerOf(["hunter22"])(text);
    };
    const blanked = Object.assign(look, { ahead: (texts: readonly string[]) => void passes.push(texts) });
    const verdict = { code: 422, reason: "Invalid", fields };
    const error = new Rejected(message, { request, fields, verdict }).withFieldsBlanked(blanked);
    expect(tell(error, blanked)).toContain("about spec.ports[0].(sensitive), spec.ports[1].(sensitive)");
    expect(error.verdict.fields[0]).toBe("spec.ports[0].(sensitive)");
    expect(error.verdict.fields.join()).not.toContain("hunter");
    expect(looks.filter((text) => text !== "")).toHaveLength(2);
    // All of them are told of before the first search.
    expect(passes[0]).toEqual(expect.arrayContaining(looks));
  });

  test("is our own words where others said nothing, or too much is secret", () => {
    expect(tell(new Unavailable("no answer"))).toBe("no answer");
    expect(tell(refusal("x"), blankerOf(["x".repeat(300_000)]))).toBe(message);
  });

  test("is forgotten where it was not told: in stack frames, in causes, in properties", () => {
    const error = new InvalidInput(message, { request, quote: "hunter22", cause: new Error("hunter22") });
    const once = told(error, blankerOf(["hunter22"]));
    expect([once.message, once.stack, String(once.cause), once.quote].join(" ")).not.toContain("hunter22");
  });
});
