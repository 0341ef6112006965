import { Option } from "commander";
import { listed, positiveCount } from "./option-values.ts";

/** The option that takes couplings of integration-operator over. */
export function adoptOption(): Option {
  return new Option(
    "--adopt <yes>",
    "take couplings of the operator that was here before over; false leaves them alone",
  )
    .env("PLUGBOARD_ADOPT")
    .choices(["true", "false"])
    .default("true");
}

/** The option that says what becomes of values that are not there. */
export function missingValuesOption(): Option {
  return new Option(
    "--missing-values <how>",
    "what templates do with a value that is not there, unless the plug, the socket or its named interface decides: print <no value>, or fail with an error",
  )
    .env("PLUGBOARD_MISSING_VALUES")
    .choices(["print", "error"])
    .default("print");
}

/** The option that names the namespaces that are served. */
export function namespaceOption(): Option {
  return new Option("-n, --namespace <name...>", "serve only these namespaces (default: all)")
    .env("PLUGBOARD_NAMESPACES")
    .argParser(listed);
}

/** The option that names namespaces that are served only if it does. */
export function serveNamespaceOption(): Option {
  return new Option(
    "--serve-namespace <name...>",
    "also serve kube-system or Plugboard's own namespace (default: neither)",
  )
    .env("PLUGBOARD_SERVE_NAMESPACES")
    .argParser(listed);
}

/** The option that keeps one namespace from taking every slot. */
export function stagesPerNamespaceOption(): Option {
  return new Option(
    "--stages-per-namespace <count>",
    "how many stages of one namespace may run at once while other namespaces wait (default: half of all, 10; never more than all but one, 19)",
  )
    .env("PLUGBOARD_STAGES_PER_NAMESPACE")
    .argParser(positiveCount);
}

/** The option that says how much is logged. */
export function logLevelOption(): Option {
  return new Option("--log-level <level>", "how much is logged")
    .env("LOG_LEVEL")
    .choices(["debug", "info", "warn", "error"])
    .default("info");
}
