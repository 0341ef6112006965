import { expect, test } from "@jest/globals";
import { PlugJournal } from "../../../cli/operate/plug-journal.ts";
import { annotations, apiVersion } from "../../../crds/names.ts";
import { Unavailable } from "../../../kit/errors.ts";
import { apply, makeWorld } from "../../worlds/worlds.ts";

test("what plugboard run logs of a plug's stages has the trace that its hooks are called in", async () => {
  const { cluster } = await makeWorld();
  const lines: object[] = [];
  const write = (facts: object, message: string): void => void lines.push({ ...facts, message });
  const journal = new PlugJournal({ info: write, warn: write, error: write, debug: write });
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const marks = { [annotations.traceparent]: `00-${trace}-00f067aa0ba902b7-01` };
  const metadata = { namespace: "app", name: "app", annotations: marks };
  await apply(cluster.kube, { apiVersion, kind: "Plug", metadata, spec: { socket: { name: "pg", namespace: "db" } } });
  await journal.reading(cluster.kube).list({ apiVersion, kind: "Plug" });
  const reply = { kind: "retry", error: new Unavailable("down") } as const;
  const subject = { kind: "Plug", namespace: "app", name: "app" } as const;
  journal.told({
    kind: "ended",
    subject,
    stage: "plug.couple",
    attempt: 0,
    delivery: { kind: "answered", reply },
    seconds: 1,
  });
  expect(lines).toMatchObject([{ stage: "plug.couple", trace, message: "stage failed; it is retried" }]);
});
