import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { verified } from "../../../tools/control-plane/official-downloads.ts";
import { pinnedVersions, programs, type Source } from "../../../tools/control-plane/programs.ts";
import { provideControlPlane, type Search } from "../../../tools/control-plane/provide.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "provide-"));
});
afterEach(() => rm(folder, { recursive: true }));

function search(sources: readonly Source[], environment: NodeJS.ProcessEnv = {}): Search {
  return { environment, cache: join(folder, "cache", "v1"), sources, say: () => {} };
}

async function write(target: string, names: readonly string[], content = "program"): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const name of names) {
    await writeFile(join(target, name), content);
    await chmod(join(target, name), 0o755);
  }
}

function having(name: string, names: readonly string[] = programs): Source {
  return { name, fill: (target) => write(target, names, name) };
}

function lacking(name: string, why: string): Source {
  return { name, fill: () => Promise.reject(new Error(why)) };
}

describe("the programs of the control plane", () => {
  test("are those of KUBEBUILDER_ASSETS, when it holds all four", async () => {
    const assets = join(folder, "assets");
    await write(assets, programs);
    expect(await provideControlPlane(search([], { KUBEBUILDER_ASSETS: assets }))).toBe(assets);
  });

  test("come from elsewhere, all of them, when KUBEBUILDER_ASSETS lacks one", async () => {
    const assets = join(folder, "assets");
    await write(assets, ["etcd", "kube-apiserver", "kubectl"]);
    const found = await provideControlPlane(search([having("elsewhere")], { KUBEBUILDER_ASSETS: assets }));
    expect(await readdir(found)).toEqual([...programs].sort());
  });

  test("come from the first source that has them", async () => {
    const found = await provideControlPlane(search([lacking("first", "offline"), having("second"), having("third")]));
    expect(await readFile(join(found, "etcd"), "utf8")).toBe("second");
  });

  test("come from the cache the next time", async () => {
    const found = await provideControlPlane(search([having("once")]));
    expect(await provideControlPlane(search([]))).toBe(found);
  });

  test("are got once when two ask at the same time", async () => {
    const fills: string[] = [];
    const slow: Source = {
      name: "slow",
      async fill(target) {
        fills.push(target);
        await write(target, programs);
      },
    };
    const [one, other] = await Promise.all([provideControlPlane(search([slow])), provideControlPlane(search([slow]))]);
    expect(one).toBe(other);
    expect(fills).toHaveLength(1);
  });

  test("replace a cache that lacks one of them", async () => {
    const cache = join(folder, "cache", "v1");
    await write(cache, ["etcd"], "torn");
    await provideControlPlane(search([having("whole")]));
    expect(await readFile(join(cache, "etcd"), "utf8")).toBe("whole");
  });

  test("leave nothing behind where a source stops half-way", async () => {
    await expect(provideControlPlane(search([having("half", ["etcd"])]))).rejects.toThrow(
      "half: brought no kube-apiserver",
    );
    expect(await readdir(join(folder, "cache"))).toEqual([]);
  });

  test("leave nothing behind of one that was killed before", async () => {
    const { cache } = search([]);
    await write(`${cache}.partial-dead`, ["etcd"]);
    await provideControlPlane(search([having("after")]));
    expect(await readdir(dirname(cache))).toEqual(["v1"]);
  });

  test("are got by the next one when a process died while it got them", async () => {
    const { cache } = search([]);
    await mkdir(dirname(cache));
    await writeFile(`${cache}.lock`, "2147483646");
    expect(await provideControlPlane(search([having("after")]))).toBe(cache);
    expect(existsSync(`${cache}.lock`)).toBe(false);
  });
});

describe("where they cannot be had", () => {
  test("the message says what was tried and what to do", async () => {
    const without = search([lacking("official downloads", "no answer"), lacking("Go", "no `go` on the PATH")]);
    await expect(provideControlPlane(without)).rejects.toThrow(
      /KUBEBUILDER_ASSETS: not set.*cache: nothing.*official downloads: no answer.*Go: no `go`.*npm run test:unit/s,
    );
  });

  test("a download whose checksum is not the published one is refused", () => {
    const bytes = Buffer.from("kubectl");
    expect(() => verified(bytes, "00ff", "https://example/kubectl")).toThrow("published is 00ff");
    expect(() => verified(bytes, "", "etcd.tar.gz")).toThrow("published is none");
    const published = "7a7f09de08e3dc01c5bbf90657ecc83d5c2da9f5791f1ebe84132b95422878dc";
    expect(verified(bytes, published, "kubectl")).toBe(bytes);
  });
});

test("the releases are pinned in go.mod alone", () => {
  expect(pinnedVersions()).toEqual({ kubernetes: "v1.36.3", etcd: "v3.6.8" });
});
