import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import { dev } from "../../../cli/dev/dev.ts";
import { plugWith, socketWith } from "../../worlds/manifests.ts";
import { root, spawned, typed } from "../terminal.ts";

// Commands start processes and load much: on a busy machine that may take its time.
const apiVersion = "integration.rock8s.com/v1beta1";
const socket = socketWith("greeter", {}, "hello");
const plug = (spec: object = {}) => plugWith("visitor", { socket: { name: "greeter" }, ...spec }, "hello");
const written = (text: string) => ({
  resources: [{ template: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "said" }, data: { text } } }],
});

/** A folder with a file of these objects, or of that text. */
function folderOf(content: readonly object[] | string): string {
  const folder = mkdtempSync(join(tmpdir(), "plugboard-dev-"));
  const text = typeof content === "string" ? content : content.map((one) => JSON.stringify(one)).join("\n---\n");
  writeFileSync(join(folder, "all.yaml"), text);
  return folder;
}

describe("plugboard dev --once", () => {
  test("couples the PostgreSQL sample from a fresh start, tells how, and ends with 0", async () => {
    const { code, stdout, stderr } = await spawned(["dev", "samples/postgres", "--once"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const told = stdout.split("\n").map((line) => line.replace(/^ *[\d.]+ s {2}/, "").replace(/[\d.]+ s$/, "N s"));
    const about = "shop/orders → data/postgres  ";
    expect(told).toEqual(
      expect.arrayContaining([
        `${about}config resolved: revision 1`,
        `${about}applied Secret data/shop.orders as service account database-maker`,
        `${about}applied Job data/shop.orders as service account database-maker`,
        `${about}applied Secret shop/orders-database as service account orders-plug`,
        `${about}coupled in N s`,
        "Done: the one plug coupled.",
      ]),
    );
    expect(stdout).not.toContain("change-me");
  });

  test("with -o yaml prints every resulting object on stdout, ready to be read, and the timeline on stderr", async () => {
    const { code, stdout, stderr } = await typed("dev", "--once", "-o", "yaml", join(root, "samples/postgres"));
    expect(code).toBe(0);
    const names = loadAll(stdout).map((object) => {
      const { kind, metadata } = object as { kind: string; metadata: { namespace?: string; name: string } };
      return `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
    });
    expect(names).toEqual(
      expect.arrayContaining([
        "Job data/shop.orders",
        "Secret data/shop.orders",
        "Secret shop/orders-database",
        "Plug shop/orders",
        "Socket data/postgres",
      ]),
    );
    expect(names.filter((name) => /plugboard|kube-|managedFields/.test(name))).toEqual([]);
    expect(stderr).toContain("coupled in");
  });

  test("tells the Warnings that no condition says: a name that is made of a value from a Secret", async () => {
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "sec" }, stringData: { tail: "seen-by-all" } };
    const template = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x-{% .socketConfig.tail %}" } };
    const [own, greeter] = [plug({ resources: [{ template }] }), { ...socket, spec: { configSecretName: "sec" } }];
    const inHello = { ...secret, metadata: { name: "sec", namespace: "hello" } };
    const { code, stdout } = await typed("dev", folderOf([inHello, greeter, own]), "--once");
    expect(code).toBe(0);
    expect(stdout).toMatch(/plug hello\/visitor {2}SensitiveName: plug spec.resources\[0\].template: metadata.name/);
  });

  test("a plug that waits ends it with 1 and a sentence that says for what", async () => {
    const { code, stdout } = await typed("dev", "--once", folderOf([plug()]));
    expect(code).toBe(1);
    expect(stdout).toContain(
      "1 of 1 plug not coupled:\n  hello/visitor → hello/greeter: Socket hello/greeter does not exist",
    );
  });

  test("a Job that is held keeps what waits for it waiting", async () => {
    const { code, stdout } = await typed("dev", "--once", "--hold-jobs", join(root, "samples/postgres"));
    expect(code).toBe(1);
    expect(stdout).toContain("Waiting for status.succeeded in Job data/shop.orders");
  });

  test("with --rbac a missing right is named, and Roles in the files suffice", async () => {
    const refused = await typed("dev", "--once", "--rbac", folderOf([socket, plug(written("hi"))]));
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/User "system:serviceaccount:hello:default" cannot \w+ resource "configmaps"/);
    const granted = await typed("dev", "--once", "--rbac", join(root, "samples/hello"));
    expect(granted.code).toBe(0);
  });

  test("what cannot be loaded ends it with 1: no YAML, an unknown kind, what the API server refuses", async () => {
    const bad = await typed("dev", "--once", folderOf("kind: [a\nmetadata: {}\n"));
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(/all\.yaml:2:1: invalid YAML/);
    const unknown = await typed("dev", "--once", folderOf([{ ...socket, apiVersion: "example.com/v1" }]));
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain("add the file of its CustomResourceDefinition");
    const refused = await typed("dev", "--once", folderOf([{ ...plug(), spec: {} }]));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/all\.yaml:1: .*"visitor" is invalid: spec\.socket: Required value/);
  });

  test("an apparatus that nothing runs here names the option that does, and one that stands in for nothing is an error", async () => {
    const containers = [{ name: "app", image: "app:1", ports: [{ name: "container", containerPort: 80 }] }];
    const folder = folderOf([socket, plug({ apparatus: { endpoint: "/", containers } })]);
    const { code, stdout } = await typed("dev", "--once", folder);
    expect(code).toBe(1);
    expect(stdout).toMatch(/1 of 1 plug not coupled:\n.*add --apparatus visitor=COMMAND/);
    expect(stdout).not.toContain("NotLookedAt");
    const unmatched = await spawned(["dev", folder, "--once", "--apparatus", "nobody=true"]);
    expect(unmatched.code).toBe(2);
    expect(unmatched.stderr).toContain("--apparatus nobody: the files have no Plug, Socket or Service with this name");
  });

  test("a DeferredResource is waited for and told of, and one that waits for an object ends it with 1", async () => {
    const deferred = (spec: object) => ({
      apiVersion,
      kind: "DeferredResource",
      metadata: { name: "later", namespace: "hello" },
      spec: { resource: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "made" } }, ...spec },
    });
    const soon = await typed("dev", "--once", "-o", "yaml", folderOf([socket, deferred({ timeout: 1 })]));
    expect(soon.code).toBe(0);
    expect(soon.stderr).toMatch(/deferred resource hello\/later {2}ConfigMap made was applied/);
    expect(soon.stdout).toContain("name: made");
    const waitFor = [{ apiVersion: "v1", kind: "ConfigMap", name: "nowhere" }];
    const never = await typed("dev", "--once", folderOf([socket, deferred({ waitFor })]));
    expect(never.code).toBe(1);
    expect(never.stdout).toMatch(/deferred resource hello\/later: Waiting for ConfigMap hello\/nowhere/);
  });

  test("without files it says how it is called, and ends with 2", async () => {
    expect(await typed("dev")).toEqual({
      code: 2,
      stdout: "",
      stderr: "plugboard: no manifests: name files or folders, for example: plugboard dev samples/hello\n",
    });
  });
});

describe("plugboard dev", () => {
  test("follows the files: what is edited is applied anew, what is removed is undone", async () => {
    const folder = folderOf([socket]);
    const ending = new AbortController();
    const lines: string[] = [];
    const waiting = new Map<RegExp, () => void>();
    const hear = (text: string): void => {
      lines.push(text);
      for (const [pattern, resolve] of waiting) if (pattern.test(text)) resolve();
    };
    const until = (pattern: RegExp): Promise<void> => new Promise((resolve) => waiting.set(pattern, resolve));
    const save = (spec: object): void => writeFileSync(join(folder, "plug.yaml"), JSON.stringify(plug(spec)));

    const watching = until(/watching/);
    const options = { once: false, output: undefined, holdJobs: false, rbac: false };
    const ended = dev([folder], options, { stdout: hear, stderr: hear, signal: ending.signal });
    try {
      await watching;

      const coupled = until(/visitor → hello\/greeter {2}coupled in/);
      save(written("one"));
      await coupled;

      const updated = until(/up to date in/);
      save(written("two"));
      await updated;

      const broken = until(/plug\.yaml:1:.* invalid YAML/);
      writeFileSync(join(folder, "plug.yaml"), "kind: [");
      await broken;

      const deleted = until(/visitor {2}deleted|greeter {2}deleted/);
      rmSync(join(folder, "plug.yaml"));
      await deleted;
    } finally {
      ending.abort();
    }
    expect(await ended).toBe(0);
    expect(lines.join("")).toContain("edited Plug hello/visitor");
    expect(lines.join("")).toContain("removed Plug hello/visitor: no file has it any more");
    expect(lines.join("")).toContain("deleted ConfigMap hello/said as service account default");
  });
});
