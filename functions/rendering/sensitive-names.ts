import { type OurNotice, sensitiveName } from "../../crds/messages.ts";
import { apiVersion } from "../../crds/names.ts";
import type { Coupling } from "../coupling/observe.ts";
import type { SensitiveName } from "./render-resources.ts";

/** Tells the authors of templates which names they make of values from Secrets. */
export function warnOfNames(
  { object, socket }: Pick<Coupling, "object" | "socket">,
  names: readonly SensitiveName[],
): readonly OurNotice[] {
  return names.map((name) => {
    const ofPlug = name.side === "plug" || socket === undefined;
    const about = ofPlug ? object : { apiVersion, kind: "Socket", metadata: socket.metadata };
    return { about, type: "Warning", ...sensitiveName(name) };
  });
}
