import { parseArgs } from "node:util";
import { endingSignal, startControlPlane } from "./control-plane.ts";
import { usualControllers } from "./controller-manager.ts";
import { provideControlPlane } from "./provide.ts";

/** Runs a control plane for manual tests until Ctrl-C, then removes it. */
const { values } = parseArgs({
  options: { crds: { type: "string", multiple: true, default: [] }, audit: { type: "boolean", default: false } },
});
const binaries = await provideControlPlane();
const interrupted = endingSignal();
const plane = await startControlPlane({
  binaries,
  crds: values.crds,
  controllers: usualControllers,
  auditLog: values.audit,
  apiServerFlags: {},
});
console.log(`kubeconfig: ${plane.address.kubeconfigPath}`);
console.log(`export KUBECONFIG=${plane.address.kubeconfigPath} PATH=${binaries}:$PATH`);
if (plane.address.auditLogPath !== undefined) console.log(`audit log: ${plane.address.auditLogPath}`);
console.error("running until Ctrl-C");
const failure = await Promise.race([plane.failed, interrupted]);
await plane.stop();
if (failure !== undefined) throw failure;
