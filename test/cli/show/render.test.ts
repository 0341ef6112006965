import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import { root, typed } from "../terminal.ts";

// Commands start processes and load much: on a busy machine that may take its time.
const apiVersion = "integration.rock8s.com/v1beta1";

function fileOf(name: string, content: string | readonly object[]): string {
  const file = join(mkdtempSync(join(tmpdir(), "plugboard-render-")), name);
  writeFileSync(
    file,
    typeof content === "string" ? content : content.map((one) => JSON.stringify(one)).join("\n---\n"),
  );
  return file;
}

describe("plugboard render -f", () => {
  test("prints what every stage renders, with when, for whom and as whom, and nothing sensitive", async () => {
    const { code, stdout, stderr } = await typed("render", "-f", join(root, "samples/postgres"));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(loadAll(stdout)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: "Secret", stringData: { password: "(sensitive)" } }),
        expect.objectContaining({ kind: "Job", metadata: { name: "shop.orders", namespace: "data" } }),
        expect.objectContaining({
          metadata: { name: "orders-database", namespace: "shop" },
          stringData: expect.objectContaining({ host: "postgres.data.svc", password: "(sensitive)" }),
        }),
      ]),
    );
    expect(stdout).toContain(
      "# when coupled and when updated: recreate, for the socket, as service account data/database-maker",
    );
    expect(stdout).toContain("# when the results are known: apply, for the plug, as service account shop/orders-plug");
    expect(stdout).not.toContain("change-me");
  });

  test("shows what is sensitive when asked to", async () => {
    const { stdout } = await typed("render", "--show-sensitive", "-f", join(root, "samples/postgres"));
    expect(stdout).toContain("password: change-me-to-rotate");
  });

  test("a mistake in a template ends it with 1, with line, column and a caret", async () => {
    const metadata = { name: "a", namespace: "default" };
    const template = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "x" },
      data: { text: "a\n{% .plugConfig.nope %}" },
    };
    const file = fileOf("all.yaml", [
      { apiVersion, kind: "Socket", metadata, spec: {} },
      {
        apiVersion,
        kind: "Plug",
        metadata,
        spec: { socket: { name: "a" }, missingValues: "error", resources: [{ template }] },
      },
    ]);
    const { code, stderr } = await typed("render", "-f", file);
    expect(code).toBe(1);
    expect(stderr).toContain("line 2, column 4: .plugConfig.nope has no value\n{% .plugConfig.nope %}\n   ^");
  });

  test("refuses what is not there where it is asked to, unless plug or socket say", async () => {
    const metadata = { name: "a", namespace: "default" };
    const mapOf = (name: string) => ({
      template: { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { text: "{% .plugConfig.nope %}" } },
    });
    const files = (spec: object, socketSpec: object = {}) =>
      fileOf("all.yaml", [
        { apiVersion, kind: "Socket", metadata, spec: socketSpec },
        { apiVersion, kind: "Plug", metadata, spec: { socket: { name: "a" }, ...spec } },
      ]);
    const resources = [mapOf("x")];
    expect((await typed("render", "-f", files({ resources }))).stdout).toContain("text: <no value>");
    for (const file of [
      files({ resources }),
      files({}, { resources }),
      files({ resultResources: resources }),
      files({ resources: [{ ...mapOf("x"), when: ["created"] }] }),
    ]) {
      const refused = await typed("render", "--missing-values", "error", "-f", file);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(".plugConfig.nope has no value");
    }
    const printed = await typed(
      "render",
      "--missing-values",
      "error",
      "-f",
      files({ missingValues: "print", resources }),
    );
    expect(printed.stdout).toContain("text: <no value>");
  });

  test("what the files lack is named: a socket, a Secret", async () => {
    const metadata = { name: "a", namespace: "default" };
    const plug = { apiVersion, kind: "Plug", metadata, spec: { socket: { name: "b" }, configSecretName: "pass" } };
    const alone = await typed("render", "-f", fileOf("plug.yaml", [plug]));
    expect(alone).toMatchObject({ code: 1, stdout: "" });
    expect(alone.stderr).toBe(
      "plug default/a → socket default/b: this socket is not in the files; add its file with another -f\n",
    );
    const socket = { apiVersion, kind: "Socket", metadata: { ...metadata, name: "b" }, spec: {} };
    const { stderr } = await typed("render", "-f", fileOf("both.yaml", [plug, socket]));
    expect(stderr).toContain("Secret default/pass, which the plug's spec.configSecretName names: not in these files");
  });

  test("--plug picks one, and says which there are", async () => {
    const files = ["-f", join(root, "samples/hello")];
    const { stdout } = await typed("render", ...files, "--plug", "hello/visitor");
    expect(loadAll(stdout)).toHaveLength(2);
    expect(await typed("render", ...files, "--plug", "hello/nobody")).toMatchObject({
      code: 2,
      stderr: "plugboard: --plug hello/nobody: the files have no such plug; they have hello/visitor\n",
    });
  });
});

describe("plugboard render --template", () => {
  test("prints what one template makes of data", async () => {
    const template = fileOf("t", "Hi {% .name | upper %}");
    const data = fileOf("d.json", '{"name": "bob"}');
    expect(await typed("render", "--template", template, "--data", data)).toEqual({
      code: 0,
      stdout: "Hi BOB\n",
      stderr: "",
    });
  });

  test("fails on a mistake, on data that is no object, and on being asked for nothing", async () => {
    const template = fileOf("t", "{% .name");
    expect(await typed("render", "--template", template)).toMatchObject({ code: 1, stdout: "" });
    expect(await typed("render", "--template", template, "--data", fileOf("d", "[]"))).toMatchObject({ code: 2 });
    expect(await typed("render")).toMatchObject({ code: 2 });
  });
});
