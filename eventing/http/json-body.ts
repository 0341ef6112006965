import { InvalidInput } from "../../kit/errors.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** JSON that a message has as its body. @throws InvalidInput where it is not, or not in UTF-8 */
export function parseJson(body: Uint8Array): unknown {
  const text = decode(body);
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The parser's own words quote the body, which may hold anything.
    throw new InvalidInput("the body is no JSON, as its content-type says it is", { cause });
  }
}

function decode(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch (cause) {
    throw new InvalidInput("the body is not UTF-8, which JSON is written in", { cause });
  }
}
