import { Option } from "commander";
import { listed, positiveCount } from "./option-values.ts";

/** The option for couplings of integration-operator. */
export function adoptOption(): Option {
  return new Option("--adopt <yes>", "take over couplings of integration-operator (false: leave them)")
    .env("PLUGBOARD_ADOPT")
    .choices(["true", "false"])
    .default("true");
}

/** The option for missing values in templates. */
export function missingValuesOption(): Option {
  return new Option(
    "--missing-values <how>",
    "what templates do with a missing value, unless the plug, the socket or its named interface decides: print <no value>, or fail with an error",
  )
    .env("PLUGBOARD_MISSING_VALUES")
    .choices(["print", "error"])
    .default("print");
}

/** The option for the namespaces to serve. */
export function namespaceOption(): Option {
  return new Option("-n, --namespace <name...>", "serve only these namespaces (default: all)")
    .env("PLUGBOARD_NAMESPACES")
    .argParser(listed);
}

/** The option for special namespaces, which are not served by default. */
export function serveNamespaceOption(): Option {
  return new Option(
    "--serve-namespace <name...>",
    "also serve kube-system or Plugboard's own namespace (default: serve neither)",
  )
    .env("PLUGBOARD_SERVE_NAMESPACES")
    .argParser(listed);
}

/** The option that limits the share of one namespace. */
export function stagesPerNamespaceOption(): Option {
  return new Option(
    "--stages-per-namespace <count>",
    "most stages of one namespace that run at once while other namespaces wait, 1 to 19 (default: 10)",
  )
    .env("PLUGBOARD_STAGES_PER_NAMESPACE")
    .argParser(positiveCount);
}

/** The option for the log level. */
export function logLevelOption(): Option {
  return new Option("--log-level <level>", "least severe level to log")
    .env("LOG_LEVEL")
    .choices(["debug", "info", "warn", "error"])
    .default("info");
}
