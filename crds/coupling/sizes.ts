import type { Plug } from "../plug/plug.generated.ts";
import type { Socket, SocketValidation } from "../socket/socket.generated.ts";
import { namespaceListAtMost, oversizedIn, oversizedPatterns } from "./limits.ts";
import { isPattern } from "./patterns.ts";

const known = new WeakMap<object, readonly string[]>();

/**
 * The parts of a plug's or socket's spec that exceed their limits, one sentence each: path, size and limit.
 * Each spec is measured once.
 */
export function oversizedOwner(owner: Plug | Socket): readonly string[] {
  const problems = known.get(owner.spec) ?? measure(owner);
  known.set(owner.spec, problems);
  return problems;
}

function measure(owner: Plug | Socket): readonly string[] {
  const long = oversizedIn(owner.spec);
  if (long.length > 0 || owner.kind === "Plug") return long;
  const { validation, interface: offered } = owner.spec;
  const sections = [offered?.config?.plug, offered?.config?.socket, offered?.result?.plug, offered?.result?.socket];
  const patterns = sections.flatMap((section) => Object.values(section ?? {}).map(({ pattern = "" }) => pattern));
  return [
    ...(validation === undefined ? [] : oversizedRules(validation)),
    ...oversizedPatterns("spec.interface", patterns),
  ];
}

/** The limits that the rules exceed, in one sentence each. Compiles no pattern. */
export function oversizedRules({
  namespaceBlacklist = [],
  namespaceWhitelist = [],
}: SocketValidation): readonly string[] {
  const lists = { namespaceBlacklist, namespaceWhitelist };
  const long = Object.entries(lists)
    .filter(([, entries]) => entries.length > namespaceListAtMost)
    .map(([list, { length }]) => `spec.validation.${list}: ${length} entries (limit ${namespaceListAtMost})`);
  if (long.length > 0) return long;
  return oversizedPatterns("spec.validation", [...namespaceBlacklist, ...namespaceWhitelist.filter(isPattern)]);
}
