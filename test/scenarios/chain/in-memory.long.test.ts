import { expect, test } from "@jest/globals";
import { hostileNetwork, usualHarm } from "../../../eventing/http/broker/hostile-network.ts";
import { liveOver } from "./in-memory.ts";

const seeds = Array.from({ length: 60 }, (_, index) => String(1_000 + index));
const harsh = { dropped: 0.4, duplicated: 0.5, delayed: 0.5 };

test.each([
  ["as hostile as usual", usualHarm],
  ["far more hostile", harsh],
])(
  "over networks %s each fact that is told reaches a synchronous broker, though it hangs up on functions",
  async (_, harm) => {
    for (const seed of seeds.slice(0, 30)) {
      let calls = 0;
      const hangsUp = (): boolean => (calls++ + Number(seed)) % 3 === 0;
      const { facts } = await liveOver({ network: hostileNetwork(seed, harm), synchronous: true, hangsUp });
      expect({ seed, missing: [...facts.told].filter((id) => !facts.taken.has(id)) }).toEqual({ seed, missing: [] });
      expect({ seed, untrue: [...facts.taken].filter((id) => !facts.told.has(id)) }).toEqual({ seed, untrue: [] });
    }
  },
);

test.each([
  ["as hostile as usual", usualHarm],
  ["far more hostile", harsh],
])(
  "over networks %s no hook is told twice, whatever the seed, and whether or not the broker answers at once",
  async (_, harm) => {
    for (const seed of seeds) {
      const { hooks } = await liveOver({ network: hostileNetwork(seed, harm), synchronous: Number(seed) % 2 === 1 });
      expect({ seed, twice: [...hooks].filter(([, count]) => count > 1) }).toEqual({ seed, twice: [] });
    }
  },
);
