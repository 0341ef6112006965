// Made from functions/stages.ts by `npm run generate`. Edit that file, not this one.
import type { HttpFunction } from "@google-cloud/functions-framework";
import { cloudFunction } from "./cloud-endpoint.ts";

const apparatusRemove: HttpFunction = cloudFunction("apparatus.remove");
const deferredresourceResolve: HttpFunction = cloudFunction("deferredresource.resolve");
const lifecycle: HttpFunction = cloudFunction("lifecycle");
const plugAdopt: HttpFunction = cloudFunction("plug.adopt");
const plugCouple: HttpFunction = cloudFunction("plug.couple");
const plugCreate: HttpFunction = cloudFunction("plug.create");
const plugDecouple: HttpFunction = cloudFunction("plug.decouple");
const plugDelete: HttpFunction = cloudFunction("plug.delete");
const plugRepair: HttpFunction = cloudFunction("plug.repair");
const plugResolveConfig: HttpFunction = cloudFunction("plug.resolve-config");
const plugTemplateResult: HttpFunction = cloudFunction("plug.template-result");
const plugUpdate: HttpFunction = cloudFunction("plug.update");
const snapshotSweep: HttpFunction = cloudFunction("snapshot.sweep");
const socketCreate: HttpFunction = cloudFunction("socket.create");
const socketDelete: HttpFunction = cloudFunction("socket.delete");
const socketSync: HttpFunction = cloudFunction("socket.sync");

export {
  apparatusRemove as "apparatus-remove",
  deferredresourceResolve as "deferredresource-resolve",
  lifecycle as "lifecycle",
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
