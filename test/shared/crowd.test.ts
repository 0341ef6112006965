import { expect, test } from "@jest/globals";
import { letCrowdPass } from "./crowd.ts";

test("of a hundred that render one object only the last takes it along, for as few requests as the first", async () => {
  const { requestsEach, ...seen } = await letCrowdPass(100, 4);
  expect(seen).toEqual({ goneTooEarly: 0, thereAtTheEnd: false, broken: [] });
  expect(requestsEach[0]).toBeLessThan(20);
  expect(requestsEach[1]).toBeLessThan(20);
}, 60_000);
