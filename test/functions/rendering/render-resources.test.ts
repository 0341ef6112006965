import { expect, test } from "@jest/globals";
import { renderResources } from "../../../functions/rendering/render-resources.ts";
import { templateData, type Values } from "../../../functions/rendering/values.ts";
import { textOf } from "../../../kit/encoding/bytes.ts";
import { blankerOf } from "../../../kit/outlet/blanker.ts";
import { Budget } from "../../../templates/evaluate/budget.ts";

const jks = textOf(Uint8Array.of(0xfe, 0xed, 0xfe, 0xed));
const config: Values = {
  jks: { value: jks, sensitive: true, bytesFrom: "Secret app/store, key jks" },
  der: { value: textOf(Uint8Array.of(0xff)), sensitive: true, bytesFrom: "Secret app/other, key der" },
  login: { value: "secret-user", sensitive: true },
};

function rendering(data: object, kind = "ConfigMap"): () => unknown {
  const template = { apiVersion: "v1", kind, metadata: { name: "copy" }, data };
  return () =>
    renderResources(
      [{ template }],
      {
        side: "plug",
        parties: [],
        field: "resources",
        namespace: "app",
        engine: "go",
        data: templateData({}, { plugConfig: config }),
        memory: { now: new Date(0), seed: "a seed", kept: new Map() },
        missingValues: "print",
        budget: new Budget(),
        sources: [config],
      },
      () => true,
    );
}

test("bytes that are no text are refused by the Secret and key they come from, and of others nothing is said", () => {
  expect(rendering({ a: "x{% .plugConfig.jks %}y" })).toThrow(
    "plug spec.resources[0]: the ConfigMap copy has bytes of Secret app/store, key jks: data.a has bytes that are not text (UTF-8)",
  );
  expect(rendering({ a: "{% .plugConfig.jks | trunc 1 %}" })).toThrow(
    "Secret app/store, key jks, Secret app/other, key der",
  );
  expect(rendering({ a: "{% .plugConfig.jks | b64enc %}" })).not.toThrow();
});

test("a key that something sensitive was read for is not said", () => {
  const refused = rendering({ "{% .plugConfig.login %}": "{% .plugConfig.jks %}" });
  expect(refused).toThrow("data.(sensitive) has bytes");
  expect(refused).not.toThrow("secret-user");
  expect(rendering({ "{% .plugConfig.jks %}": "a" })).toThrow("data.(sensitive) has bytes");
});

test("data of a Secret are base64, or refused", () => {
  expect(rendering({ a: "{% .plugConfig.jks %}" }, "Secret")).toThrow("data.a has bytes that are not text");
});

test("bytes are blanked in what others say of them, in base64 and hex", () => {
  expect(blankerOf([jks])("/u3+7Q and feedfeed")).toBe("(sensitive) and (sensitive)");
});
