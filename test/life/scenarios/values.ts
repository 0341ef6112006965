import { expect } from "@jest/globals";
import { KindNotServed, Throttled } from "../../../kit/errors.ts";
import type { KubeObject } from "../../../kit/kube.ts";
import type { Life, Scenario } from "../life.ts";
import { there, untilCoupled } from "../looks.ts";
import { colors } from "../manifests.ts";
import { crd } from "./staying.ts";

/** A Widget of a kind that only this life knows, as it is in the cluster. */
async function widgetIn(life: Life, name: string): Promise<KubeObject> {
  return there(life, { apiVersion: `${crd(life).spec.group}/v1`, kind: "Widget", namespace: life.app, name });
}

function widgetTemplate(life: Life, name: string, spec: object): object {
  return { apiVersion: `${crd(life).spec.group}/v1`, kind: "Widget", metadata: { name }, spec };
}

async function isServed({ kube }: Life, group: string): Promise<boolean> {
  try {
    await kube.list({ apiVersion: `${group}/v1`, kind: "Widget" });
    return true;
  } catch (error) {
    if (error instanceof KindNotServed || error instanceof Throttled) return false;
    throw error;
  }
}

/** What becomes of numbers, bytes and values that are not there between where they stand and what is applied. */
export const values: readonly Scenario[] = [
  {
    name: "whole numbers of 64 bits keep every digit on the way",
    async live(life) {
      const kind = crd(life);
      await life.apply(kind);
      await life.until("Widgets served", async () => isServed(life, kind.spec.group));
      const source = {
        ...widgetTemplate(life, "source", { id: 9007199254740993n, ids: [{ id: 1234567890123456789n }] }),
      };
      await life.apply({ ...(source as KubeObject), metadata: { name: "source", namespace: life.app } });
      const read = (name: string, fieldPath: string): object => ({
        name,
        objref: { apiVersion: `${kind.spec.group}/v1`, kind: "Widget", name: "source" },
        fieldref: { fieldPath },
      });
      const text = [
        `apiVersion: ${kind.spec.group}/v1`,
        "kind: Widget",
        "metadata: {name: text}",
        "spec:",
        "  literal: 9007199254740993",
        "  octal: 0777777777777777777777",
        "  given: {% .plugConfig.id %}",
        "  most: {% .plugConfig.most %}",
        "  read: {% .plugConfig.read %}",
        "  field: {% (fromJson .plugConfig.all).id %}",
        "  all: {% .plugConfig.all | fromJson | toJson %}",
        "  yaml:",
        "    {%- .plugConfig.all | fromJson | toYaml | nindent 4 %}",
        "  sum: {% add .plugConfig.id 2 %}",
        "  plug: {% (index .plug.spec.resources 0).template.spec.literal %}",
        "",
      ].join("\n");
      await life.apply(
        ...colors(life, {
          config: { color: "red", id: "9007199254740995", most: "9223372036854775807" },
          vars: [read("id", "spec.id"), read("all", "spec"), read("found", "spec.ids.#(id==1234567890123456789).id")],
          configTemplate: { read: "{% .vars.id %}", all: "{% .vars.all %}", found: "{% .vars.found %}" },
          resources: [
            {
              template: widgetTemplate(life, "object", {
                literal: 9007199254740997n,
                found: "{% .plugConfig.found %}",
              }),
            },
            { stringTemplate: text },
          ],
        }),
      );
      await untilCoupled(life);
      expect((await widgetIn(life, "object"))["spec"]).toEqual({
        literal: 9007199254740997n,
        found: "1234567890123456789",
      });
      const all = { id: 9007199254740993n, ids: [{ id: 1234567890123456789n }] };
      expect((await widgetIn(life, "text"))["spec"]).toEqual({
        literal: 9007199254740993n,
        octal: 9223372036854775807n,
        given: 9007199254740995n,
        most: 9223372036854775807n,
        read: 9007199254740993n,
        field: 9007199254740993n,
        all,
        yaml: all,
        sum: 9007199254740997n,
        plug: 9007199254740997n,
      });
    },
  },
];
