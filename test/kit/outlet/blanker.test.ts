import { describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { blankerOf, lookUnits } from "../../../kit/outlet/blanker.ts";

const secret = 'S3cr3t <"pass" word>/ü\\one';

const forms: readonly (readonly [string, (text: string) => string])[] = [
  ["as it is", (text) => text],
  ["in upper case", (text) => text.toUpperCase()],
  ["in JSON", (text) => JSON.stringify(text)],
  ["in JSON as Go writes it", (text) => JSON.stringify(text).replaceAll("<", "\\u003c").replaceAll(">", "\\u003e")],
  ["in JSON within JSON", (text) => JSON.stringify(JSON.stringify(text))],
  ["in a URL", encodeURIComponent],
  ["in a form", (text) => new URLSearchParams({ q: text }).toString()],
  ["in base64", (text) => Buffer.from(text).toString("base64")],
  ["in base64 behind one byte", (text) => Buffer.from(`:${text}`).toString("base64")],
  ["in base64 between others", (text) => Buffer.from(`me:${text}@`).toString("base64")],
  ["in base64url", (text) => Buffer.from(text).toString("base64url")],
  ["in hex", (text) => Buffer.from(text).toString("hex")],
  ["in upper case hex", (text) => Buffer.from(text).toString("hex").toUpperCase()],
  ["cut at its end", (text) => text.slice(0, 9)],
  ["cut at its beginning", (text) => text.slice(9)],
];

/** How many characters of texts and secrets are read. */
function charactersRead(look: () => void): number {
  const reads = jest.spyOn(String.prototype, "charCodeAt");
  try {
    look();
    return reads.mock.calls.length;
  } finally {
    reads.mockRestore();
  }
}

describe("a blanker", () => {
  const blanked = blankerOf([secret]);

  test.each(forms)("leaves no six characters of a secret %s", (_, form) => {
    const written = form(secret);
    const said = blanked(`it says ${written}, which is wrong`) ?? "";
    expect(said).toContain("(sensitive)");
    expect(said).toMatch(/^it says .*, which is wrong$/s);
    for (let at = 0; at + 6 <= written.length; at += 1) expect(said).not.toContain(written.slice(at, at + 6));
  });

  test("knows secrets shorter than six characters wherever they stand, beside and over each other", () => {
    const short = blankerOf(["aaaa", "abba", "pass5", "PASS5"]);
    expect(short("aaaaaaa, xabbabbax, Pass5pass5, aaa, pass")).toBe(
      "(sensitive), x(sensitive)x, (sensitive), aaa, pass",
    );
  });

  test("knows every line of a secret by itself", () => {
    expect(blankerOf(["first-line\nsecond-line"])("a: first-line b: second-line")).toBe(
      "a: (sensitive) b: (sensitive)",
    );
  });

  test("knows short secrets as a whole alone", () => {
    const said = blankerOf(["abcd", "xyz"])("abcd and abc, xyz, QUJDRA== and YWJjZA==");
    expect(said).toBe("(sensitive) and abc, xyz, QUJDRA== and (sensitive)==");
  });

  test("knows bytes that are no text in base64 and hex", () => {
    const bytes = Buffer.from([0xff, 0xfe, 1, 2, 3, 4, 5, 6, 7]);
    const text = "\udcff\udcfe\u0001\u0002\u0003\u0004\u0005\u0006\u0007";
    expect(blankerOf([text])(bytes.toString("base64"))).toBe("(sensitive)");
    expect(blankerOf([text])(bytes.toString("hex"))).toBe("(sensitive)");
  });

  test("leaves what is no secret as it is", () => {
    const said = 'configmaps "a" is forbidden: User "x" cannot patch resource "configmaps"';
    expect(blanked(said)).toBe(said);
  });

  test("promises nothing of more secrets than it can look for", () => {
    expect(blankerOf(["x".repeat(300_000)])("x")).toBeUndefined();
  });

  test("promises nothing of secrets that are too long in their forms", () => {
    expect(blankerOf(["\u0001\u0002".repeat(100_000)])("x")).toBeUndefined();
  });

  test("leaves nothing of any secrets, over, in and beside each other, and all that is beside them", () => {
    const secrets = fc.array(fc.string({ unit: fc.constantFrom(...'abAB1+/%\\" <'), minLength: 4, maxLength: 14 }), {
      minLength: 1,
      maxLength: 4,
    });
    const parts = fc.array(
      fc.record({ which: fc.nat(3), form: fc.constantFrom(...forms.slice(0, 8)), from: fc.nat(5), beside: fc.nat(3) }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(secrets, parts, (known, places) => {
        const written = places.map(({ which, form: [, write], from, beside }) => ({
          part: write(known[which % known.length] ?? "").slice(from),
          beside: "ж".repeat(beside),
        }));
        const text = written.map(({ part, beside }) => part + beside).join("");
        const said = blankerOf(known)(text) ?? "";
        expect(said.match(/ж+/g)).toEqual(text.match(/ж+/g));
        for (const secret of known)
          for (let at = 0; at + Math.min(6, secret.length) <= secret.length; at += 1)
            expect(said.toLowerCase()).not.toContain(secret.slice(at, at + 6).toLowerCase());
      }),
      { numRuns: 2_000 },
    );
  });

  test("says what a look takes, in proportion to secrets and text, and nothing where it looks for nothing", () => {
    expect(lookUnits(["x".repeat(200_000)])("")).toBe(50_000);
    expect(lookUnits(["x".repeat(1_000), "y".repeat(1_000), "z"])("x".repeat(1_600))).toBe(600);
    for (const secrets of [[], ["abc"], ["x".repeat(300_000)]]) expect(lookUnits(secrets)("some text")).toBe(0);
  });

  test("goes over the secrets once for all texts that it is told of, and for no text again", () => {
    const secrets = [Array.from({ length: 2_000 }, (_, index) => `s${index}`).join("-")];
    const texts = ["is s1-s2-s3", "about s1000-s1001", "s4-s5-s6 and no more"];
    const one = charactersRead(() => blankerOf([...secrets])(texts[0] ?? ""));
    const blanked = blankerOf(secrets);
    const all = charactersRead(() => blanked.ahead?.(texts));
    expect(all).toBeLessThan(one * 1.5);
    let said: readonly (string | undefined)[] = [];
    const again = charactersRead(() => {
      blanked.ahead?.(texts.slice(1));
      said = [...texts, ""].map((text) => blankerOf(secrets)(text));
    });
    expect(again).toBe(0);
    expect(said).toEqual(["is (sensitive)", "about (sensitive)", "(sensitive) and no more", ""]);
  });

  test("finds nothing across two texts that it is told of", () => {
    const blanked = blankerOf(["hunter22"]);
    blanked.ahead?.(["a hun", "ter22 b", "hunter22", "hunter22"]);
    expect(["a hun", "ter22 b", "hunter22"].map((text) => blanked(text))).toEqual(["a hun", "ter22 b", "(sensitive)"]);
  });

  test("looks at each place once, however often a secret repeats itself", () => {
    expect(blankerOf(["a".repeat(200_000)])("a".repeat(16_384))).toBe("(sensitive)");
  });
});
