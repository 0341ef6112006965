import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { endProcesses, says, startProcess } from "../../scenarios/chain/processes.ts";

const folder = mkdtempSync(join(tmpdir(), "lead-"));
const kubeconfig = join(folder, "kubeconfig");
/** An API server that takes every request and answers none. */
const silent = createServer(() => {});

beforeAll(async () => {
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const named = {
    clusters: [{ name: "silent", cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: "silent", user: {} }],
    contexts: [{ name: "silent", context: { cluster: "silent", user: "silent" } }],
    "current-context": "silent",
  };
  writeFileSync(kubeconfig, JSON.stringify(named));
});

afterAll(async () => {
  await endProcesses();
  silent.closeAllConnections();
  silent.close();
  rmSync(folder, { recursive: true });
});

test("plugboard source that waits for its first answer from the API server ends well when it is asked to", async () => {
  const asked = once(silent, "request");
  const flags = ["--sink", "http://127.0.0.1:1/", "--kubeconfig", kubeconfig, "--listen", "127.0.0.1:0"];
  const source = await startProcess(["source", ...flags], says("sends events to the sink while it leads"));
  await asked;
  expect(await source.stop()).toBe(0);
});
