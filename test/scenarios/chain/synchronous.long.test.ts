import { describe, expect, test } from "@jest/globals";
import { plugStages } from "../../../crds/stage-names.ts";
import type { Network } from "../../../eventing/http/broker/hostile-network.ts";
import { Unavailable } from "../../../kit/errors.ts";
import { type ChainOptions, liveOver } from "./in-memory.ts";
import { kindsOfWires } from "./wires.ts";

type Answers = NonNullable<ChainOptions["answers"]>;

/** How often each stage of plugs was asked for, and how long all took by the chain's clock. */
interface Lived {
  readonly asked: { readonly [stage: string]: number };
  readonly seconds: number;
}

async function liveSynchronously(options: ChainOptions): Promise<Lived> {
  const { sent, hooks, seconds } = await liveOver({ synchronous: true, ...options });
  expect([...hooks.values()].filter((count) => count > 1)).toEqual([]);
  const asked: { [stage: string]: number } = {};
  for (const type of sent) {
    const stage = type.replace("com.rock8s.integration.", "");
    if (plugStages.some((one) => one === stage)) asked[stage] = (asked[stage] ?? 0) + 1;
  }
  return { asked, seconds };
}

/** What is asked for where nothing goes wrong: three plugs that couple, are edited and leave. */
const once = {
  "plug.couple": 3,
  "plug.create": 3,
  "plug.decouple": 3,
  "plug.delete": 3,
  "plug.resolve-config": 6,
  "plug.template-result": 6,
  "plug.update": 3,
};

const plain = { headers: {}, body: Buffer.alloc(0), retryAfterSeconds: undefined };
const facts = ["plug.created", "plug.coupled", "plug.updated", "plug.decoupled"];
const others: readonly string[] = [...Object.keys(once), ...facts];

/** What others do to a broker, and what it does itself. */
const troubles: { readonly [what: string]: ChainOptions } = {
  "somebody else's subscriber is dead": {
    others,
    answers: async (name) => {
      if (name === "other") throw new Unavailable("nothing listens there");
      return undefined;
    },
  },
  "somebody else's subscriber is slow": {
    others,
    answers: async (name, clock) => {
      if (name !== "other") return undefined;
      await new Promise<void>((resolve) => void clock.after(120_000, resolve));
      return { ...plain, code: 204 };
    },
  },
  "somebody else's subscriber fails at once": {
    others,
    answers: async (name) => (name === "other" ? { ...plain, code: 400 } : undefined),
  },
  "a subscriber is left of a Trigger that is gone": {
    stale: true,
    answers: async (name) => (name === "stale" ? { ...plain, code: 404 } : undefined),
  },
  "the ingress answers each event with 500": { says: () => 500 },
  "each event is delivered twice": { network: () => [0, 0] },
};

/** One in so many answers is lost, and each kind of fact of a plug's life among them. */
const losses = [1, 2, 3, 5];

describe.each(Object.entries(kindsOfWires))(
  "%s, behind a broker that answers when all is done, plugs couple, follow an edit and leave",
  (_, wires) => {
    const live = (options: ChainOptions): Promise<Lived> => liveSynchronously({ wires, ...options });
    let lived: Promise<Lived> | undefined;
    /** As live, with nothing in the way; once for all. */
    const liveAlone = (): Promise<Lived> => {
      lived ??= live({});
      return lived;
    };

    test("with each stage asked for once", async () => {
      expect((await liveAlone()).asked).toEqual(once);
    });

    test.each(Object.entries(troubles))(
      "as fast as alone, with each stage asked for once, where %s",
      async (_what, trouble) => {
        const alone = await liveAlone();
        const { asked, seconds } = await live(trouble);
        expect(asked).toEqual(once);
        // By the chain's clock. Who waits for answers takes minutes where they are slow.
        expect(seconds).toBeLessThan(alone.seconds + 10);
      },
    );

    test.each(losses)(
      "and each fact that a function told reaches the broker, where it hangs up on one function in %d",
      async (one) => {
        let calls = 0;
        const hangsUp = (): boolean => calls++ % one === 0;
        const { facts: heard } = await liveOver({ wires, synchronous: true, hangsUp });
        expect(heard.told.size).toBeGreaterThanOrEqual(27);
        expect([...heard.taken].sort()).toEqual([...heard.told].sort());
      },
    );

    test("where the broker takes each first event of a stage and loses it: that is asked for once more", async () => {
      const network: Network = ({ id }) => (/plug\.couple\.[^.]+$/.test(id) ? [] : [0]);
      expect((await live({ network })).asked).toEqual({ ...once, "plug.couple": 2 * once["plug.couple"] });
    });

    test("where a stage takes forty seconds: no hook is told twice, and it is asked for again with waits that grow", async () => {
      const answers: Answers = async (name, clock) => {
        if (name === "plug.couple") await new Promise<void>((resolve) => void clock.after(40_000, resolve));
        return undefined;
      };
      const { "plug.couple": couplings, ...rest } = (await live({ answers })).asked;
      expect({ ...rest, "plug.couple": 3 }).toEqual(once);
      expect(couplings).toBeLessThanOrEqual(3 * 7);
    });

    test("where a function answers 503 for ten minutes: it is called as the backoff says", async () => {
      let calls = 0;
      let begun: number | undefined;
      const answers: Answers = async (name, clock) => {
        if (name !== "plug.couple") return undefined;
        begun ??= clock.now();
        if (clock.now() - begun > 600_000) return undefined;
        calls += 1;
        return { ...plain, code: 503 };
      };
      const { "plug.couple": couplings = 0 } = (await live({ answers })).asked;
      // Three plugs, each with waits of half of 1, 2, 4, … 256 and 300 s; its trigger has each event tried twice.
      expect(couplings).toBeLessThanOrEqual(3 * 13);
      expect(couplings).toBeGreaterThan(3 * 6);
      expect(calls).toBeLessThanOrEqual(2 * couplings);
      expect(calls).toBeGreaterThanOrEqual(couplings);
    });
  },
);
