const ours = /^(PLUGBOARD_.*|K_.*|FUNCTION_TARGET|PORT|LOG_LEVEL)$/;

/** Takes our variables that are set to nothing out of an environment: a manifest that leaves a value empty says nothing by it. */
export function forgetEmptyVariables(environment: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(environment))
    if (value === "" && ours.test(name)) delete environment[name];
}

/** What a terminal and the environment say of how to run. */
export interface Environment {
  /** Log lines are for people: stderr is a terminal. */
  readonly readable: boolean;
}
