import type { Scenario } from "./life.ts";
import { badInput } from "./scenarios/bad-input.ts";
import { creation } from "./scenarios/creation.ts";
import { endings } from "./scenarios/endings.ts";
import { foreignWrites } from "./scenarios/foreign-writes.ts";
import { inputs } from "./scenarios/inputs.ts";
import { othersRuns } from "./scenarios/others-runs.ts";
import { places } from "./scenarios/places.ts";
import { rejections } from "./scenarios/rejections.ts";
import { resources } from "./scenarios/resources.ts";
import { restlessness } from "./scenarios/restlessness.ts";
import { results } from "./scenarios/results.ts";
import { staying } from "./scenarios/staying.ts";
import { takingAway } from "./scenarios/taking-away.ts";
import { values } from "./scenarios/values.ts";

export interface Chapter {
  readonly name: string;
  readonly scenarios: readonly Scenario[];
}

/** Until both sides have what they asked for. */
export const chaptersOfCoupling: readonly Chapter[] = [
  { name: "how a coupling comes about", scenarios: creation },
  { name: "what it is made of, and how it follows that", scenarios: inputs },
  { name: "what it results in", scenarios: results },
  { name: "what becomes of what it applies", scenarios: resources },
  { name: "what others write to what it applies", scenarios: foreignWrites },
  { name: "what two couplings recreate", scenarios: othersRuns },
  { name: "what values arrive as", scenarios: values },
];

/** What ends it, and what must not. */
export const chaptersOfParting: readonly Chapter[] = [
  { name: "how it ends", scenarios: endings },
  { name: "how what it made is taken away", scenarios: takingAway },
  { name: "who may couple, and how many", scenarios: places },
  { name: "what must not end it", scenarios: staying },
  { name: "bad input", scenarios: badInput },
  { name: "what the API server rejects", scenarios: rejections },
  { name: "restlessness", scenarios: restlessness },
];

/** Every scenario of the life of a coupling. */
export const chapters: readonly Chapter[] = [...chaptersOfCoupling, ...chaptersOfParting];
