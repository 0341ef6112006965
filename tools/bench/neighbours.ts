import { readinessOf } from "../../cli/operate/readiness.ts";
import { apiVersion } from "../../crds/names.ts";
import { startApiServer } from "../../test/api-server/api-server.ts";
import { provideIdentities } from "../../test/api-server/identities.ts";
import { connectTo, openNamespace } from "../../test/api-server/live-ground.ts";
import { plugboardCrds } from "../../test/api-server/shared-api-server.ts";
import { endProcesses } from "../../test/scenarios/chain/processes.ts";
import { hostileInputs, plug, socket, startPlugboard, ways } from "../../test/scenarios/hostile/neighbours.ts";

/**
 * How long plugs of other namespaces take to couple beside each hostile input, on a real API server, in `plugboard
 * run` and in `plugboard serve` behind a broker: five plugs, one after the other, from their creation until they are
 * ready; the first comes with the hostile input.
 * Ends with 1 where one takes a second or longer.
 */
const bound = 1_000;
const victims = 5;
/** The ways of running to measure: the arguments, or all. */
const asked = process.argv.slice(2);

const server = await startApiServer({ crds: plugboardCrds(), auditLog: false });
const ground = await provideIdentities(server);
const kube = await connectTo(server, "neighbours");
let worst = 0;

for (const way of ways.filter((one) => asked.length === 0 || asked.includes(one))) {
  await startPlugboard(way, (account) => ground.kubeconfigOf(account));
  const calm = await openNamespace(kube, `calm-${way}`);
  await kube.create(socket(calm));
  process.stdout.write(`${way}\n`);
  await report("nothing", calm);
  for (const [index, [name, make]] of hostileInputs.entries()) {
    const evil = await openNamespace(kube, `evil-${way}-${index}`);
    await Promise.all(make(evil).map((object) => kube.create(object)));
    worst = Math.max(worst, await report(name, calm));
    await kube.delete({ apiVersion: "v1", kind: "Namespace", name: evil });
  }
  await endProcesses();
}
await kube.close();
await server.stop();
process.stdout.write(`the slowest plug beside a hostile input took ${worst.toFixed(0)} ms\n`);
process.exitCode = worst < bound ? 0 : 1;

async function report(name: string, calm: string): Promise<number> {
  const took: number[] = [];
  for (let count = 0; count < victims; count += 1) took.push(await coupling(calm, `v${Math.random()}`));
  process.stdout.write(`${took.map((one) => one.toFixed(0).padStart(6)).join("")} ms  beside ${name}\n`);
  return Math.max(...took);
}

async function coupling(namespace: string, name: string): Promise<number> {
  const began = performance.now();
  const { metadata } = await kube.create(plug(namespace, name));
  const ending = new AbortController();
  const { resourceVersion = "" } = metadata;
  for await (const event of kube.watch({ apiVersion, kind: "Plug", namespace, resourceVersion, signal: ending.signal }))
    if (event.type !== "BOOKMARK" && event.object.metadata.name === name && readinessOf(event.object).ready) break;
  ending.abort();
  return performance.now() - began;
}
