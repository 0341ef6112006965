import { badInput } from "./chapters/bad-input.ts";
import { creation } from "./chapters/creation.ts";
import { endings } from "./chapters/endings.ts";
import { foreignWrites } from "./chapters/foreign-writes.ts";
import { inputs } from "./chapters/inputs.ts";
import { othersRuns } from "./chapters/others-runs.ts";
import { places } from "./chapters/places.ts";
import { rejections } from "./chapters/rejections.ts";
import { resources } from "./chapters/resources.ts";
import { restlessness } from "./chapters/restlessness.ts";
import { results } from "./chapters/results.ts";
import { staying } from "./chapters/staying.ts";
import { takingAway } from "./chapters/taking-away.ts";
import { values } from "./chapters/values.ts";
import type { Scenario } from "./life.ts";

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
