const ours = /^(PLUGBOARD_.*|K_.*|FUNCTION_TARGET|PORT|LOG_LEVEL)$/;

/** Removes our empty variables from an environment: a manifest with an empty value means the default. */
export function forgetEmptyVariables(environment: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(environment))
    if (value === "" && ours.test(name)) delete environment[name];
}

/** Settings that the process derives from its terminal. */
export interface Environment {
  /** Log lines are for people: stderr is a terminal. */
  readonly readable: boolean;
}
