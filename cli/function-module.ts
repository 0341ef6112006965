import type { HttpFunction } from "@google-cloud/functions-framework";
import { targetOf } from "../crds/stage-names.ts";
import { httpFunction } from "../eventing/http/function-server.ts";
import { cloudEndpoint } from "./cloud-endpoint.ts";
import { type FunctionName, functionNames } from "./served-functions.ts";

/** Every function as Google Cloud's Functions Framework loads it, by its target (`plug-couple`); and all of them as one for Knative func. */
export { handle, shutdown } from "./knative-func.ts";

function cloudFunction(name: FunctionName): HttpFunction {
  return httpFunction(async (request) => (await cloudEndpoint(name))(request));
}

const plugAdopt: HttpFunction = cloudFunction("plug.adopt");
const plugCreate: HttpFunction = cloudFunction("plug.create");
const plugDecouple: HttpFunction = cloudFunction("plug.decouple");
const plugDelete: HttpFunction = cloudFunction("plug.delete");
const plugResolveConfig: HttpFunction = cloudFunction("plug.resolve-config");
const plugCouple: HttpFunction = cloudFunction("plug.couple");
const plugUpdate: HttpFunction = cloudFunction("plug.update");
const plugTemplateResult: HttpFunction = cloudFunction("plug.template-result");
const plugRepair: HttpFunction = cloudFunction("plug.repair");
const socketCreate: HttpFunction = cloudFunction("socket.create");
const socketSync: HttpFunction = cloudFunction("socket.sync");
const socketDelete: HttpFunction = cloudFunction("socket.delete");
const snapshotSweep: HttpFunction = cloudFunction("snapshot.sweep");
const deferredresourceResolve: HttpFunction = cloudFunction("deferredresource.resolve");
const apparatusRemove: HttpFunction = cloudFunction("apparatus.remove");
const lifecycle: HttpFunction = cloudFunction("lifecycle");

export {
  apparatusRemove as "apparatus-remove",
  deferredresourceResolve as "deferredresource-resolve",
  lifecycle,
  plugAdopt as "plug-adopt",
  plugCouple as "plug-couple",
  plugCreate as "plug-create",
  plugDecouple as "plug-decouple",
  plugDelete as "plug-delete",
  plugRepair as "plug-repair",
  plugResolveConfig as "plug-resolve-config",
  plugTemplateResult as "plug-template-result",
  plugUpdate as "plug-update",
  snapshotSweep as "snapshot-sweep",
  socketCreate as "socket-create",
  socketDelete as "socket-delete",
  socketSync as "socket-sync",
};

// A target that cannot run ends the start, where it is noticed, and not every request.
const { FUNCTION_TARGET: target } = process.env;
if (functionNames.some((name) => targetOf(name) === target)) await cloudEndpoint(target ?? "");
