import { InvalidInput } from "../../kit/errors.ts";

/**
 * The attribute in a header's value: without quotes, then percent-decoded once (HTTP binding, 3.1.3.2).
 * @throws InvalidInput
 */
export function decodeHeader(header: string, value: string): string {
  // Node reads header bytes as Latin-1, so the meaning of other unencoded bytes is unknown.
  if (!/^[\t\x20-\x7e]*$/.test(value))
    throw new InvalidInput(`header ${header}: write characters that are not ASCII as percent-encoded UTF-8`);
  try {
    return decodeURIComponent(unquoted(value.trim()).replace(/%(?![0-9A-Fa-f]{2})/g, "%25"));
  } catch (cause) {
    throw new InvalidInput(`header ${header}: its percent-encoding is not UTF-8`, { cause });
  }
}

/**
 * An attribute as a header's value.
 * Percent-encodes all except printable ASCII, and the space, quote and percent sign.
 */
export function encodeHeader(value: string): string {
  return value.toWellFormed().replace(/[^\x21\x23\x24\x26-\x7e]+/gu, encodeURIComponent);
}

function unquoted(value: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(value)?.[1];
  return quoted === undefined ? value : quoted.replace(/\\(.)/g, "$1");
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Parses the JSON body of a message. @throws InvalidInput if it is not JSON, or not in UTF-8 */
export function parseJson(body: Uint8Array): unknown {
  const text = decode(body);
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The parser's message quotes the body, which may contain anything.
    throw new InvalidInput("the body is not JSON, which its content-type names", { cause });
  }
}

function decode(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch (cause) {
    throw new InvalidInput("the body is not UTF-8, which JSON requires", { cause });
  }
}
