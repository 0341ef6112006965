import { destination, pino, stdTimeFunctions } from "pino";
import { framesOf } from "../../kit/outlet/outlet.ts";

/** Where facts are logged: a constant message, the facts as fields. */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
  debug(facts: object, message: string): void;
}

export interface LogOptions {
  /** Readable lines instead of JSON. */
  readonly readable: boolean;
  readonly level: string;
}

/** A log on stderr: JSON lines, or readable ones, whose printer is loaded only then. */
export async function createLog({ readable, level }: LogOptions): Promise<Log> {
  const settings = { level, base: null };
  if (!readable) {
    const labelled = { level: (label: string) => ({ level: label }) };
    const lines: Log = pino(
      { ...settings, formatters: labelled, timestamp: stdTimeFunctions.isoTime },
      destination({ fd: 2, sync: true }),
    );
    return lines;
  }
  const { default: pretty } = await import("pino-pretty");
  const log: Log = pino(
    settings,
    pretty({ destination: 2, sync: true, translateTime: "SYS:HH:MM:ss", singleLine: true, ignore: "pid,hostname" }),
  );
  return log;
}

/** Logs an unexpected error: its name and stack frames, never its message, which may contain secrets. */
export function logBug(log: Log, error: unknown, stage?: string): void {
  const facts = { ...(stage === undefined ? {} : { stage }), ...bugFacts(error) };
  log.error(facts, "unexpected error (a bug in Plugboard); please report this log line");
}

function bugFacts(error: unknown): { readonly error: string; readonly at?: readonly string[] } {
  return error instanceof Error ? { error: error.name, at: framesOf(error) } : { error: typeof error };
}

/** The facts of an error that a log may contain; never those of its cause. */
export function errorFacts(error: unknown): { readonly error: string; readonly why: string } {
  return error instanceof Error ? { error: error.name, why: error.message } : { error: "unknown", why: String(error) };
}
