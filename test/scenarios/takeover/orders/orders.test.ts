import { describe, test } from "@jest/globals";
import type { Order } from "./orders.ts";
import { liveRandomly, liveThrough } from "./random-orders.ts";

type Trick = readonly [claim: string, orders: readonly Order[]];

const rotate: Order = { act: "rotate" };
const tricks: readonly Trick[] = [
  [
    "is refused, and made again",
    [
      { act: "rules", rules: "gold" },
      { act: "relabel", tier: "gold" },
      { act: "make again", plug: "a" },
      { act: "take away", plug: "a" },
      { act: "relabel", tier: "none" },
      { act: "make", plug: "a" },
      rotate,
    ],
  ],
  [
    "is made again beyond the limit",
    [{ act: "take away", plug: "a" }, { act: "limit", limit: 1 }, { act: "make", plug: "a" }, rotate],
  ],
  [
    "is made again with its socket, which refuses it",
    [{ act: "rules", rules: "nobody" }, { act: "make both again" }, rotate],
  ],
  [
    "waits, refused, while the cluster is moved",
    [
      { act: "take away", plug: "a" },
      { act: "rules", rules: "nobody" },
      { act: "make", plug: "a" },
      { act: "move cluster", withStatus: true },
      rotate,
    ],
  ],
  [
    "pauses itself, and is refused",
    [
      { act: "pause", side: "plug", paused: true },
      { act: "rules", rules: "nobody" },
      rotate,
      { act: "pause", side: "plug", paused: false },
    ],
  ],
  [
    "is another tenant's, whom nobody asked",
    [{ act: "remake namespace", side: "app" }, rotate, { act: "wait", minutes: 45 }],
  ],
  [
    "is coupled to what is another tenant's by now",
    [{ act: "rules", rules: "nobody" }, { act: "remake namespace", side: "db" }, rotate, { act: "wait", minutes: 45 }],
  ],
];

describe("a plug learns, and hands over, nothing new while it would be refused as a newcomer, and keeps what it had", () => {
  test.each(tricks)("when it %s", (_claim, orders) => liveThrough(orders));

  test("whatever both sides do, in any order", () => liveRandomly({ seed: 20_260_101, runs: 2, orders: 8 }));
});
