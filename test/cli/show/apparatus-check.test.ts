import { createServer, type Server } from "node:http";
import { describe, expect, test } from "@jest/globals";
import { dev } from "../../../cli/dev/dev.ts";
import { parseLocalApparatus } from "../../../cli/dev/local-apparatuses.ts";
import { UsageError } from "../../../cli/report-failure.ts";
import { checkApparatus } from "../../../cli/show/apparatus-check.ts";
import { createApparatus } from "../../../samples/apparatus/apparatus.ts";
import { accessTo } from "../../scenarios/apparatus/fake-apparatus.ts";
import { handClock } from "../../worlds/hand-clock.ts";

async function check(server: Server): Promise<{ readonly code: number; readonly report: string }> {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const code = await checkApparatus({
    url: "http://hooks",
    side: "socket",
    print,
    access: accessTo(server),
    clock: handClock(),
  });
  return { code, report: lines.join("\n") };
}

describe("plugboard apparatus check", () => {
  test("finds that the sample keeps the contract", async () => {
    const { code, report } = await check(createApparatus());
    expect({ code, report }).toMatchObject({
      code: 0,
      report: expect.stringContaining("The apparatus keeps the contract."),
    });
    expect(report).not.toContain("broken");
  });

  test("says which promises one breaks, and how", async () => {
    const told = new Set<string>();
    const server = createServer(({ url, headers }, response) => {
      const again = url === "/coupled" && told.has(String(headers["idempotency-key"]));
      told.add(String(headers["idempotency-key"]));
      response.writeHead(again ? 409 : 200).end("[]");
    });
    const { code, report } = await check(server);
    expect(code).toBe(1);
    expect(report).toContain("kept    GET /ping");
    expect(report).toContain("broken  POST /config");
    expect(report).toContain("something other than a JSON object");
    expect(report).toMatch(/broken {2}POST \/coupled answers 2xx, also when it is repeated\n.*\(409\)/);
    expect(report).toContain("broken  an unknown call is refused with 4xx");
    expect(report).toContain("The apparatus breaks 3 of 8 rules.");
  });

  test("takes only a URL", async () => {
    await expect(checkApparatus({ url: "hooks", side: "plug", print: () => {} })).rejects.toThrow(UsageError);
  });
});

describe("plugboard dev --apparatus", () => {
  test("runs a command in its place, so that the sample couples without a cluster", async () => {
    const out: string[] = [];
    const code = await dev(
      ["samples/apparatus"],
      {
        once: true,
        output: undefined,
        holdJobs: false,
        rbac: false,
        apparatuses: [`mail=${process.execPath} samples/apparatus/apparatus.ts`],
      },
      {
        stdout: (text) => void out.push(text),
        stderr: (text) => void out.push(text),
        signal: AbortSignal.timeout(40_000),
      },
    );
    expect({ code, out: out.join("") }).toMatchObject({
      code: 0,
      out: expect.stringContaining("the one plug coupled"),
    });
  });

  test.each(["mail", "=x", "mail=", "MAIL=x", "a b=x"])("does not take %j", (text) => {
    expect(() => parseLocalApparatus(text)).toThrow(UsageError);
  });
});
