import { brokenRules } from "../../crds/coupling/admission-rules.ts";
import { interfaceBroken, unnamedKey } from "../../crds/messages.ts";
import type { Socket } from "../../crds/socket/socket.generated.ts";
import type { Budget } from "../../templates/evaluate/budget.ts";
import { referencesInObject, referencesInText } from "../../templates/template.ts";
import { brokenInterface } from "../config/interface-validation.ts";
import type { Remark } from "../rendering/remarks.ts";
import { checkTemplates, malformedness, oversize, type WrittenWrong } from "./check-plug.ts";
import { textsIn } from "./spec-templates.ts";

/** As `checkPlug`; the admission rules and the interface must be valid, too. Pure. */
export function checkSocket(socket: Socket, budget: Budget): WrittenWrong | undefined {
  const unreadable = malformedness(socket) ?? oversize(socket);
  if (unreadable !== undefined) return unreadable;
  const { interface: offered, validation } = socket.spec;
  const broken = [
    ...(validation === undefined ? [] : brokenRules(validation)),
    ...(offered === undefined ? [] : brokenInterface(offered)),
  ];
  return broken.length > 0 ? interfaceBroken(broken) : checkTemplates(socket, budget);
}

/** Keys that a socket's templates read and its interface does not name, so that they never have a value. Pure. */
export function unnamedReferences(socket: Socket, budget: Budget): readonly Remark[] {
  const { config, result } = socket.spec.interface ?? {};
  const sections = new Map([
    ["plugConfig", { field: "config.plug", section: config?.plug }],
    ["socketConfig", { field: "config.socket", section: config?.socket }],
    ["plugResult", { field: "result.plug", section: result?.plug }],
    ["socketResult", { field: "result.socket", section: result?.socket }],
    ["result", { field: "result.socket", section: result?.socket }],
  ]);
  const references = [...textsIn(socket)]
    .filter(({ place }) => !/^spec\.(configTemplate|vars|resultVars)/.test(place))
    .flatMap(({ template, ...where }) =>
      typeof template === "string"
        ? referencesInText(template, { ...where, budget })
        : referencesInObject(template, { ...where, budget }),
    );
  const unnamed = references.flatMap(({ values, key, place }) => {
    const { field, section } = sections.get(values) ?? {};
    return field === undefined || section === undefined || Object.hasOwn(section, key)
      ? []
      : [{ read: `${values}.${key}`, field, place }];
  });
  return [...Map.groupBy(unnamed, ({ read }) => read)].map(([read, found]) => ({
    side: "socket",
    ...unnamedKey(read, [...new Set(found.map(({ field }) => field))], [...new Set(found.map(({ place }) => place))]),
  }));
}
