import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import { parseAddress } from "../../cli/operate/health-server.ts";
import { reportFailure, UsageError } from "../../cli/report-failure.ts";
import { InvalidInput } from "../../kit/errors.ts";
import { root, spawned, typed } from "./terminal.ts";

// Commands start processes and load much: on a busy machine that may take its time.
describe("plugboard", () => {
  test("helps by itself, on every command, with examples", async () => {
    const commands = [[], ["dev"], ["run"], ["render"], ["invoke"], ["crds"]];
    for (const words of commands) {
      const { code, stdout, stderr } = await typed(...words, "--help");
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toContain(`Usage: ${["plugboard", ...words].join(" ")}`);
      expect(stdout).toContain("Examples:");
    }
  });

  test("called from elsewhere, through a link, on another Node: the command finds its own", async () => {
    const folder = mkdtempSync(join(tmpdir(), "plugboard-bin-"));
    symlinkSync(join(root, "cli/plugboard"), join(folder, "plugboard"));
    expect(await spawned(["crds", "-o", "json"], folder)).toMatchObject({ code: 0, stderr: "" });
  });

  test("a wrong call is one sentence and exit code 2", async () => {
    for (const words of [["fly"], ["dev", "--fast"], ["crds", "-o", "xml"], ["invoke"], ["invoke", "plug.fly"]]) {
      const { code, stdout, stderr } = await typed(...words);
      expect({ words, code, stdout }).toEqual({ words, code: 2, stdout: "" });
      expect(stderr).toMatch(/^plugboard: /);
    }
  });

  test("a stack is shown when it is asked for, never otherwise", () => {
    const tell = (error: unknown, ...commandLine: string[]): string => {
      let told = "";
      reportFailure(error, { commandLine, environment: {}, stderr: (text) => (told += text) });
      return told;
    };
    expect(tell(new InvalidInput("no"))).toBe("plugboard: no\n");
    expect(tell(new InvalidInput("no"), "--debug")).toContain("    at ");
    expect(tell(new TypeError("oops"))).toBe(
      "plugboard: oops (unexpected error: run the command again with --debug and report its output)\n",
    );
  });
});

test("plugboard crds prints the three CRDs, as YAML and as JSON", async () => {
  const names = ["plugs", "sockets", "deferredresources"].map((name) => `${name}.integration.rock8s.com`);
  const yaml = await typed("crds");
  expect(loadAll(yaml.stdout).map((crd) => (crd as { metadata: { name: string } }).metadata.name)).toEqual(names);
  const json = JSON.parse((await typed("crds", "-o", "json")).stdout);
  expect(json.items.map((crd: { metadata: { name: string } }) => crd.metadata.name)).toEqual(names);
});

describe("plugboard invoke", () => {
  const files = ["--files", join(root, "samples/hello")];

  test("runs one stage on files and prints the fact, or why nothing was to do", async () => {
    expect(await typed("invoke", "plug.create", "--plug", "hello/visitor", ...files)).toEqual({
      code: 0,
      stdout: "fact plug.created: finalizer added\n",
      stderr: "",
    });
    expect(await typed("invoke", "plug.couple", "--plug", "hello/visitor", ...files)).toMatchObject({
      code: 0,
      stdout: "nothing: plug.create is due\n",
    });
    expect(await typed("invoke", "socket.create", "--socket", "hello/greeter", ...files)).toMatchObject({ code: 0 });
  });

  test("takes a CloudEvent, and only one that asks for that stage", async () => {
    const event = join(mkdtempSync(join(tmpdir(), "plugboard-event-")), "event.json");
    const attributes = { specversion: "1.0", id: "1", source: "by hand", namespace: "hello", name: "visitor" };
    writeFileSync(event, JSON.stringify({ ...attributes, type: "com.rock8s.integration.plug.create" }));
    expect(await typed("invoke", "plug.create", "--event", event, ...files)).toMatchObject({ code: 0 });
    expect(await typed("invoke", "plug.couple", "--event", event, ...files)).toMatchObject({
      code: 2,
      stderr: `plugboard: ${event} is an event for stage plug.create, not for plug.couple\n`,
    });
    writeFileSync(event, "{}");
    expect(await typed("invoke", "plug.couple", "--event", event, ...files)).toMatchObject({ code: 2 });
  });

  test("says how a stage is told what it is about", async () => {
    for (const words of [
      [],
      ["--socket", "hello/greeter"],
      ["--plug", "visitor"],
      ["--plug", "a/b", "--socket", "a/b"],
    ]) {
      expect(await typed("invoke", "plug.create", ...words, ...files)).toMatchObject({ code: 2, stdout: "" });
    }
  });
});

test("an address to listen on is HOST:PORT", () => {
  expect(parseAddress("0.0.0.0:80")).toEqual({ host: "0.0.0.0", port: 80 });
  expect(parseAddress(":0")).toEqual({ host: "", port: 0 });
  expect(parseAddress("[::1]:8080")).toEqual({ host: "::1", port: 8080 });
  for (const wrong of ["8080", "host:", "host:99999", "::1:80", ""])
    expect(() => parseAddress(wrong)).toThrow(UsageError);
});
