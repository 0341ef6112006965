import type { OperatorError } from "../../kit/errors.ts";
import type { KubeObject } from "../../kit/kube/port.ts";
import { blankerOf } from "../../kit/outlet/blanker.ts";
import { isSecret, tell } from "../../kit/outlet/outlet.ts";

/** Makes the text of a failure that may be said. */
export type Sayable = (error: OperatorError) => string;

const longest = 1_024;

/** The text of failures without the values of the Secrets that a handler saw: it may repeat one in an error. */
export function sayableIn(objects: readonly KubeObject[]): Sayable {
  const blanked = blankerOf(objects.filter(isSecret).flatMap(valuesOf));
  return (error) => {
    const said = blanked(tell(error, blanked)) ?? "the message is withheld, because it may contain a secret";
    return said.length <= longest ? said : `${said.slice(0, longest)}…`;
  };
}

function valuesOf({ data }: KubeObject): readonly string[] {
  if (typeof data !== "object" || data === null) return [];
  return Object.values(data).map((value) => Buffer.from(String(value), "base64").toString("utf8"));
}
