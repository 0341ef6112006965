import { OperatorError, quotedTexts } from "../errors.ts";
import type { Kind } from "../kube/port.ts";
import { type Blanker, nothingToBlank } from "./blanker.ts";

/** The most characters of text from others in a message. */
const longestQuote = 2_048;

/**
 * The message of a failure: our own words, then text from others, first blanked, then cut.
 * If the text is withheld, the fields that it names.
 */
export function tell(error: OperatorError, blanked: Blanker = nothingToBlank): string {
  const said = sentence(error, blanked);
  return error.advice === undefined ? said : `${said}; ${error.advice}`;
}

function sentence(error: OperatorError, blanked: Blanker): string {
  const { request } = error;
  const [answer, fields] = quotedTexts(error);
  blanked.ahead?.([answer, fields]);
  const said = blanked(answer)?.trim();
  if (said !== undefined && said !== "") return [...(request === undefined ? [] : [request]), cut(said)].join(": ");
  const named = blanked(fields);
  return named === undefined || named === "" ? error.message : `${error.message}, about ${cut(named)}`;
}

/** A thrown value as a sentence for a terminal. */
export function tellThrown(thrown: unknown): string {
  if (thrown instanceof OperatorError) return tell(thrown);
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The stack frames of an error without its message, which may contain secrets. */
export function framesOf({ message, stack = "" }: Error): readonly string[] {
  const said = stack.indexOf(message);
  const frames = (said < 0 ? "" : stack.slice(said + message.length)).split("\n").map((line) => line.trim());
  return frames.filter((line) => /^at .*:\d+:\d+\)?$/.test(line));
}

/**
 * The same failure with this text in its own message.
 * Everything else is dropped: stack frames and the cause may repeat it.
 */
export function told<Failure extends OperatorError>(error: Failure, blanked: Blanker = nothingToBlank): Failure {
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

/** The same failure without the text of others. */
export function withheld<Failure extends OperatorError>(error: Failure): Failure {
  return Object.defineProperties(error, { quote: { value: undefined }, cause: { value: undefined } });
}

/** Whether all data of objects of a kind are secret. */
export function isSecret({ apiVersion, kind }: Kind): boolean {
  return kind === "Secret" && apiVersion === "v1";
}

function cut(text: string): string {
  return text.length <= longestQuote ? text : `${text.slice(0, longestQuote)}…`;
}
