import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { LiveKube } from "../../../kit/live/live-kube.ts";
import { sharedApiServer } from "../../api-server/api-server.ts";
import { freshOperatorNamespace, sharedGround } from "../../api-server/identities.ts";
import { connectTo, eventually, objectsIn, openNamespace } from "../../api-server/live-ground.ts";
import { type PlugboardRun, startPlugboardRun } from "../../api-server/plugboard-run.ts";
import {
  asRecorded,
  inOwnNamespaces,
  ownScenarios,
  recordedScenarios,
  type Scenario,
  type SeenWorld,
  seenWorld,
  take,
} from "./scenarios.ts";

const server = sharedApiServer();
const run = crypto.randomUUID().slice(0, 6);
const scenarios = [...recordedScenarios(), ...ownScenarios()];
const seen = new Map<string, Promise<readonly SeenWorld[]>>();
let kube: LiveKube;
let plugboard: PlugboardRun;

/** `app` must be at the end of the name: some scenarios' rules are about that. */
function namespacesOf(name: string): readonly [string, string] {
  return [`${run}-${name}-app`, `${run}-${name}-db`];
}

beforeAll(async () => {
  kube = await connectTo(server, "person");
  const namespaces = scenarios.flatMap(({ name }) => namespacesOf(name));
  await Promise.all(namespaces.map((name) => openNamespace(kube, name)));
  plugboard = await startPlugboardRun({
    kubeconfigPath: sharedGround().kubeconfigOf("plugboard"),
    operatorNamespace: await freshOperatorNamespace(kube),
    namespaces,
  });
  for (const scenario of scenarios) seen.set(scenario.name, play(scenario));
});

afterAll(async () => {
  await Promise.allSettled(seen.values());
  await plugboard.stop();
  await kube.close();
});

/** Plays a scenario; the worlds after its steps. */
async function play({ name, worlds, ...scenario }: Scenario): Promise<readonly SeenWorld[]> {
  const namespaces = namespacesOf(name);
  const prefix = `${run}-${name}`;
  const played: SeenWorld[] = [];
  for (const [index, step] of inOwnNamespaces(scenario, prefix).steps.entries()) {
    await take(kube, step);
    const look = async (): Promise<SeenWorld> =>
      asRecorded(seenWorld(await objectsIn(kube, namespaces), namespaces), prefix);
    played.push(await eventually(look, worlds[index] ?? {}));
  }
  return played;
}

describe("what integration-operator did with these manifests, `plugboard run` does on a real API server", () => {
  test.each(recordedScenarios())("$name", expectWorlds);
});

describe("what the fields' meaning promises, `plugboard run` does on a real API server", () => {
  test.each(ownScenarios())("$name", expectWorlds);
});

async function expectWorlds({ name, worlds }: Scenario): Promise<void> {
  expect(await seen.get(name)).toEqual(worlds);
}
