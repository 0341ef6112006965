import { PlugboardError } from "../errors.ts";
import type { Kind } from "../kube/port.ts";
import { type Blanker, nothingToBlank } from "./blanker.ts";

/** The most characters of what others said that are repeated. */
const longestQuote = 2_048;
/** What is looked at for them: what is left out here could only come after what is cut. */
const longestLook = 16_384;

/**
 * What a failure says: our own words, and after them what others said, blanked first and cut then. Where that is withheld, the fields it
 * was about are named instead.
 */
export function tell(error: PlugboardError, blanked: Blanker = nothingToBlank): string {
  const said = sentence(error, blanked);
  return error.advice === undefined ? said : `${said}; ${error.advice}`;
}

function sentence(error: PlugboardError, blanked: Blanker): string {
  const { request, quote, fields = [] } = error;
  const said = quote === undefined ? undefined : blanked(quote.slice(0, longestLook))?.trim();
  if (said !== undefined && said !== "") return [...(request === undefined ? [] : [request]), cut(said)].join(": ");
  // Looked through together: an object has as many wrong fields as somebody likes.
  const named = blanked(fields.join(", ").slice(0, longestLook));
  return named === undefined || named === "" ? error.message : `${error.message}, about ${cut(named)}`;
}

/** What was thrown, in a sentence for a terminal. */
export function tellThrown(thrown: unknown): string {
  if (thrown instanceof PlugboardError) return tell(thrown);
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Where an error comes from: its stack frames without its message, which may contain secrets. */
export function framesOf({ message, stack = "" }: Error): readonly string[] {
  const said = stack.indexOf(message);
  const frames = (said < 0 ? "" : stack.slice(said + message.length)).split("\n").map((line) => line.trim());
  return frames.filter((line) => /^at .*:\d+:\d+\)?$/.test(line));
}

/** The same failure, saying so much by itself; what is not told is forgotten, with stack frames and cause that may repeat it. */
export function told<Failure extends PlugboardError>(error: Failure, blanked: Blanker = nothingToBlank): Failure {
  const message = tell(error, blanked);
  if (error.quote === undefined && error.message === message) return error;
  return Object.defineProperties(error, {
    message: { value: message, configurable: true, writable: true },
    stack: { value: `${error.name}: ${message}` },
    cause: { value: undefined },
    quote: { value: undefined },
    fields: { value: undefined },
    advice: { value: undefined },
  });
}

/** The same failure without what others said of it. */
export function withheld<Failure extends PlugboardError>(error: Failure): Failure {
  return Object.defineProperties(error, { quote: { value: undefined }, cause: { value: undefined } });
}

/** Whether objects of a kind are secret as a whole. */
export function isSecret({ apiVersion, kind }: Kind): boolean {
  return kind === "Secret" && apiVersion === "v1";
}

function cut(text: string): string {
  return text.length <= longestQuote ? text : `${text.slice(0, longestQuote)}…`;
}
