import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { loadKubeConfig } from "../../../kit/live/config/kube-config.ts";
import { createLiveKube, type LiveKube } from "../../../kit/live/live-kube.ts";
import { handClock } from "../../worlds/hand-clock.ts";
import { type Answering, type FakeApi, json, kubeConfigOf, startFakeApi, status } from "./fake-api.ts";

const key = { apiVersion: "v1", kind: "Secret", namespace: "default", name: "a" };
const secret = { apiVersion: "v1", kind: "Secret", metadata: { namespace: "default", name: "a" } };

let api: FakeApi | undefined;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "credentials-"));
});
afterEach(async () => {
  await api?.close();
  api = undefined;
  await rm(folder, { recursive: true });
});

/** Lets in who is authorized so, and refuses others. */
function only(authorization: string): Answering {
  return (request, response, body) => {
    const answer = request.headers.authorization === authorization ? json(200, secret) : status(401, {});
    answer(request, response, body);
  };
}

async function open(user: { readonly [field: string]: unknown }): Promise<LiveKube> {
  api = await startFakeApi({}, user);
  return api.kube;
}

describe("credentials", () => {
  test.each([
    ["a token", { token: "abc" }, "Bearer abc"],
    ["a name and a password", { username: "ann", password: "pw" }, `Basic ${Buffer.from("ann:pw").toString("base64")}`],
  ])("%s goes with each request", async (_name, user, authorization) => {
    const kube = await open(user);
    api?.answer(only(authorization));
    expect(await kube.get(key)).toEqual(secret);
  });

  test("a token file is read again as soon as the server refuses what it held, and the write is not lost", async () => {
    const tokenFile = join(folder, "token");
    await writeFile(tokenFile, "first\n");
    const kube = await open({ "auth-provider": { name: "tokenFile", config: { tokenFile } } });
    api?.answer(only("Bearer first"));
    await kube.create(secret);
    await writeFile(tokenFile, "second\n");
    api?.answer(only("Bearer second"));
    expect(await kube.create(secret)).toEqual(secret);
  });

  test("an exec plugin is asked again as soon as the server refuses what it gave", async () => {
    const [plugin, token] = [join(folder, "plugin"), join(folder, "token")];
    const credential = '{"kind":"ExecCredential","status":{"token":"%s"}}';
    await writeFile(plugin, `#!/bin/sh\nprintf '${credential}' "$(cat ${token})"\n`);
    await chmod(plugin, 0o755);
    await writeFile(token, "first");
    const kube = await open({ exec: { apiVersion: "client.authentication.k8s.io/v1", command: plugin } });
    api?.answer(only("Bearer first"));
    await kube.get(key);
    await writeFile(token, "second");
    api?.answer(only("Bearer second"));
    expect(await kube.get(key)).toEqual(secret);
  });

  test("that many requests find refused are asked for once", async () => {
    const [plugin, calls] = [join(folder, "plugin"), join(folder, "calls")];
    await writeFile(plugin, `#!/bin/sh\necho called >> ${calls}\nprintf '{"status":{"token":"bad"}}'\n`);
    await chmod(plugin, 0o755);
    const kube = await open({ exec: { apiVersion: "client.authentication.k8s.io/v1", command: plugin } });
    api?.answer(status(401, {}));
    await Promise.allSettled(Array.from({ length: 20 }, () => kube.get(key)));
    await Promise.allSettled(Array.from({ length: 20 }, () => kube.get(key)));
    expect((await readFile(calls, "utf8")).split("\n").filter(Boolean)).toHaveLength(2);
  });

  test("that stay refused are Unavailable after one more try, never taken for a missing right", async () => {
    const kube = await open({ token: "t0ken" });
    api?.answer(status(401, { reason: "Unauthorized" }));
    const failure = expect.objectContaining({ name: "Unavailable", message: expect.not.stringContaining("t0ken") });
    await expect(kube.create(secret)).rejects.toEqual(failure);
    expect(api?.asked).toHaveLength(2);
  });

  test("that cannot be had are Unavailable and tried again with the next request", async () => {
    const tokenFile = join(folder, "token");
    const kube = await open({ "auth-provider": { name: "tokenFile", config: { tokenFile } } });
    api?.answer(only("Bearer late"));
    await expect(kube.get(key)).rejects.toMatchObject({ name: "Unavailable" });
    await writeFile(tokenFile, "late");
    expect(await kube.get(key)).toEqual(secret);
  });

  test("of a service account that we act as are asked for by its name alone", async () => {
    const kube = await open({ token: "abc" });
    const seen: (string | string[] | undefined)[] = [];
    api?.answer((request, response, body) => {
      seen.push(request.headers["impersonate-user"], request.headers["impersonate-group"]);
      json(200, secret)(request, response, body);
    });
    await kube.as({ namespace: "default", name: "app" }).get(key);
    await kube.get(key);
    expect(seen).toEqual(["system:serviceaccount:default:app", undefined, undefined, undefined]);
  });
});

describe("acting as a service account", () => {
  test.each(["a:b", "a\nb", "", "A", "../a"])(
    "of a name such as %j is refused, as it could be somebody else",
    async (name) => {
      const kube = await open({ token: "abc" });
      expect(() => kube.as({ namespace: "default", name })).toThrow(expect.objectContaining({ name: "InvalidInput" }));
      expect(() => kube.as({ namespace: name, name: "app" })).toThrow(
        expect.objectContaining({ name: "InvalidInput" }),
      );
    },
  );
});

describe("a client that was closed", () => {
  test("opens no connection again", async () => {
    const kube = await open({ token: "abc" });
    await kube.close();
    await expect(kube.get(key)).rejects.toMatchObject({ name: "Unavailable" });
    expect(api?.asked).toEqual([]);
  });
});

describe("a kubeconfig", () => {
  test("that cannot be read, or has no such context, is InvalidInput and says what there is", async () => {
    const path = join(folder, "config");
    await expect(loadKubeConfig({ path })).rejects.toMatchObject({ name: "InvalidInput" });
    const contexts = [{ name: "here", context: { cluster: "c", user: "u" } }];
    const clusters = [{ name: "c", cluster: { server: "https://127.0.0.1:1/" } }];
    await writeFile(
      path,
      JSON.stringify({ clusters, contexts, users: [{ name: "u", user: {} }], "current-context": "here" }),
    );
    await expect(loadKubeConfig({ path, context: "there" })).rejects.toMatchObject({
      name: "InvalidInput",
      message: expect.stringMatching(/"there".*here/),
    });
    expect((await loadKubeConfig({ path })).getCurrentCluster()?.server).toBe("https://127.0.0.1:1");
  });
});

describe("a cluster below a path of a shared host", () => {
  test("is asked below that path", async () => {
    api = await startFakeApi();
    api.answer(status(404, {}));
    const kube = createLiveKube({ kubeConfig: kubeConfigOf(`${api.address}/k8s/c1/`, {}), userAgent: "test" });
    await expect(kube.get(key)).rejects.toMatchObject({ name: "KindNotServed" });
    expect(api.asked).toEqual(["GET /k8s/c1/api/v1"]);
    await kube.close();
  });
});

describe("discovery", () => {
  const widgets = { resources: [{ name: "widgets", kind: "Widget", namespaced: true }] };
  const widget = { apiVersion: "x.test/v1", kind: "Widget" };

  test("asks for a missing kind at most once a second, and finds it when it has come", async () => {
    const clock = handClock();
    api = await startFakeApi({ clock });
    api.answer(status(404, {}));
    for (let ask = 0; ask < 20; ask += 1) {
      await expect(api.kube.served(widget)).rejects.toMatchObject({ name: "KindNotServed" });
    }
    expect(api.asked).toEqual(["GET /apis/x.test/v1", "GET /apis/x.test"]);
    api.answer(json(200, widgets));
    await clock.advance(1_000);
    expect(await api.kube.served(widget)).toEqual({ ...widget, plural: "widgets", namespaced: true, hasStatus: false });
  });

  test("is asked once by many at a time, and remembers", async () => {
    api = await startFakeApi();
    api.answer(json(200, widgets));
    const { kube } = api;
    await Promise.all(Array.from({ length: 20 }, () => kube.served(widget)));
    await kube.served(widget);
    expect(api.asked).toEqual(["GET /apis/x.test/v1"]);
  });

  test("forgets a kind whose path is gone", async () => {
    api = await startFakeApi();
    api.answer(json(200, widgets), status(404, {}));
    await expect(api.kube.list(widget)).rejects.toMatchObject({ name: "KindNotServed" });
    await expect(api.kube.list(widget)).rejects.toMatchObject({ name: "KindNotServed" });
    expect(api.asked.filter((each) => each === "GET /apis/x.test/v1")).toHaveLength(2);
  });
});
