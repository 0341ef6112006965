import { command } from "./command.ts";
import { agree, forgetEmptyVariables } from "./invocation.ts";
import { reportFailure } from "./report-failure.ts";

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.once(name, () => {
    stop.abort();
    // A second signal ends the process at once.
    process.once(name, () => process.exit(130));
  });
}

const terminal = {
  stdout: (text: string) => void process.stdout.write(text),
  stderr: (text: string) => void process.stderr.write(text),
  signal: stop.signal,
  ...(process.stdin.isTTY ? { agree: (question: string) => agree(question, stop.signal) } : {}),
};
// A closed pipe (`| head`) is not a failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

try {
  const environment = { readable: process.stderr.isTTY === true };
  forgetEmptyVariables(process.env);
  process.exitCode = await command(process.argv.slice(2), terminal, environment);
} catch (error) {
  process.exitCode = reportFailure(error, {
    commandLine: process.argv,
    environment: process.env,
    stderr: terminal.stderr,
  });
}
