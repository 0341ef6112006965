import { targetOf } from "../../crds/stage-names.ts";
import { functionNames } from "../serve/served-functions.ts";
import { cloudEndpoint, guardFramework } from "./cloud-endpoint.ts";

/** The functions by target (`plug-couple`) for Google Cloud's Functions Framework, and `handle` for Knative func. */
export * from "./cloud-functions.generated.ts";
export { handle, shutdown } from "./knative-func.ts";

guardFramework();

// A target that cannot run ends the start, where people notice it, and not each request.
const { FUNCTION_TARGET: target } = process.env;
if (functionNames.some((name) => targetOf(name) === target)) await cloudEndpoint(target ?? "");
