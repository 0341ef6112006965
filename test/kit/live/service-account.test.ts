import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createCredentials } from "../../../kit/live/config/credentials.ts";
import { type ServiceAccountConfig, serviceAccountConfig } from "../../../kit/live/config/service-account.ts";
import { handClock } from "../../worlds/hand-clock.ts";

const environment = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "service-account-"));
  await writeFile(join(folder, "token"), "first\n");
  await writeFile(join(folder, "ca.crt"), "a certificate\n");
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe("the service account of a Pod", () => {
  test.each([
    ["10.0.0.1", "https://10.0.0.1:443"],
    ["fd00::1", "https://[fd00::1]:443"],
  ])("finds the API server at %s, where the kubelet says it is", async (host, server) => {
    const config = await serviceAccountConfig({
      environment: { ...environment, KUBERNETES_SERVICE_HOST: host },
      folder,
    });
    expect(config?.getCurrentCluster()).toEqual({ server });
  });

  test.each([
    ["the environment names no API server", {}],
    ["the environment names no port", { KUBERNETES_SERVICE_HOST: "10.0.0.1" }],
  ])("is none where %s", async (_name, named) => {
    expect(await serviceAccountConfig({ environment: named, folder })).toBeUndefined();
  });

  test("is none where the Pod was given no token", async () => {
    await rm(join(folder, "token"));
    expect(await serviceAccountConfig({ environment, folder })).toBeUndefined();
  });

  test("shows its token, trusts the cluster's authority alone, and shows the next token once the kubelet has replaced it", async () => {
    const clock = handClock();
    const credentials = createCredentials(await inPod(), clock);
    expect(await credentials.current()).toMatchObject({
      headers: { authorization: "Bearer first" },
      tls: { ca: "a certificate\n" },
    });
    await writeFile(join(folder, "token"), "second\n");
    await clock.advance(10_000);
    expect(await credentials.current()).toMatchObject({ headers: { authorization: "Bearer second" } });
  });

  test("shows the next token at once when the API server refuses the last", async () => {
    const credentials = createCredentials(await inPod(), handClock());
    const refused = await credentials.current();
    await writeFile(join(folder, "token"), "second\n");
    expect(await credentials.renew(refused)).toMatchObject({ headers: { authorization: "Bearer second" } });
  });

  test("whose token cannot be read for a moment is Unavailable, and read again with the next request", async () => {
    const config = await inPod();
    await rm(join(folder, "token"));
    const credentials = createCredentials(config, handClock());
    await expect(credentials.current()).rejects.toMatchObject({ name: "Unavailable" });
    await writeFile(join(folder, "token"), "late");
    expect(await credentials.current()).toMatchObject({ headers: { authorization: "Bearer late" } });
  });
});

async function inPod(): Promise<ServiceAccountConfig> {
  const config = await serviceAccountConfig({ environment, folder });
  if (config === undefined) throw new Error("there is a token");
  return config;
}
