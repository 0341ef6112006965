import { targetOf } from "../../crds/stage-names.ts";
import { functionNames } from "../serve/served-functions.ts";
import { cloudEndpoint, guardFramework } from "./cloud-endpoint.ts";

/** Every function as Google Cloud's Functions Framework loads it, by its target (`plug-couple`); and all of them as one for Knative func. */
export * from "./cloud-functions.generated.ts";
export { handle, shutdown } from "./knative-func.ts";

guardFramework();

// A target that cannot run ends the start, where it is noticed, and not every request.
const { FUNCTION_TARGET: target } = process.env;
if (functionNames.some((name) => targetOf(name) === target)) await cloudEndpoint(target ?? "");
