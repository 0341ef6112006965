import { expect, test } from "@jest/globals";
import { hostileNetwork } from "../../../eventing/http/broker/hostile-network.ts";
import { liveOver, names } from "./in-memory.ts";

function shortly(sent: readonly string[]): { readonly [type: string]: number } {
  const counts: { [type: string]: number } = {};
  for (const type of sent) {
    const name = type.replace("com.rock8s.integration.", "");
    if (name.startsWith("plug.")) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

test("over a friendly network each stage is asked for once", async () => {
  const { sent } = await liveOver();
  expect(shortly(sent)).toEqual({
    "plug.create": names.length,
    "plug.resolve-config": 2 * names.length,
    "plug.couple": names.length,
    "plug.update": names.length,
    "plug.template-result": 2 * names.length,
    "plug.decouple": names.length,
    "plug.delete": names.length,
  });
});

test.each(["1", "2", "3", "4", "5", "6"])(
  "over a network that is hostile by seed %s plugs live as ever, and no hook is told twice",
  async (seed) => {
    const { hooks } = await liveOver({ network: hostileNetwork(seed) });
    expect([...hooks.values()].filter((count) => count > 1)).toEqual([]);
    const events = [...hooks.keys()].map((key) => key.split(".").at(-1));
    for (const event of ["coupled", "updated", "decoupled"])
      expect(events.filter((one) => one === event)).toHaveLength(names.length);
  },
);
