import type { Written } from "../../kit/kube/intercept.ts";
import { keyText } from "../../kit/kube/keys.ts";
import type { Kube, KubeObject } from "../../kit/kube/port.ts";
import { namesOf } from "../definition/names.ts";
import type { Restless } from "./processes.ts";

/** An operator changes children again and again, although nobody edits their parent. */
export class NeverSettles extends Error {
  override readonly name = "NeverSettles";
  /** The parent, as `Kind namespace/name`. */
  readonly parent: string;
  /** The objects that change, with the fields that differ and all field managers. */
  readonly objects: readonly HotObject[];

  constructor(parent: string, runs: number, objects: readonly HotObject[]) {
    const lines = objects.map(
      ({ object, fields, managers }) =>
        `  ${object}: ${fields.join(", ") || "made anew"} (field managers: ${managers.join(", ")})`,
    );
    const detail = lines.length === 0 ? "" : `:\n${lines.join("\n")}`;
    super(`${parent} never settles: ${runs} syncs in a row changed its children${detail}`);
    this.parent = parent;
    this.objects = objects;
  }
}

export interface HotObject {
  readonly object: string;
  readonly fields: readonly string[];
  readonly managers: readonly string[];
}

/** The last two versions of each object that operators wrote. */
export class WriteHistory {
  readonly #written = new Map<string, { readonly last: KubeObject; readonly before: KubeObject | undefined }>();

  heard({ request, object }: Written): void {
    if (object === undefined || request.verb !== "apply") return;
    const { apiVersion, kind, metadata } = object;
    const key = keyText({ apiVersion, kind, namespace: metadata.namespace, name: metadata.name });
    const before = this.#written.get(key)?.last;
    if (before?.metadata.resourceVersion === metadata.resourceVersion) return;
    this.#written.set(key, { last: object, before });
  }

  /** @throws NeverSettles for the first of them */
  async throwIfHot(kube: Kube, restless: Promise<readonly Restless[]>): Promise<void> {
    const [hot] = await restless;
    if (hot === undefined) return;
    const { parentUid } = namesOf(hot.operator);
    const written = [...this.#written.values()].filter(
      ({ last, before }) => last.metadata.labels?.[parentUid] === hot.parent.uid && before !== undefined,
    );
    const objects = await Promise.all(
      written.map(async ({ last, before }): Promise<HotObject> => {
        const { apiVersion, kind, metadata } = last;
        const now = await kube.get({ apiVersion, kind, namespace: metadata.namespace, name: metadata.name });
        const managers = [last, now].flatMap(
          (one) => one?.metadata.managedFields?.map(({ manager = "" }) => manager) ?? [],
        );
        const fields = [...new Set([...differing(before, last, ""), ...differing(last, now, "")])];
        return { object: nameOf(last.kind, metadata), fields, managers: [...new Set(managers)] };
      }),
    );
    throw new NeverSettles(nameOf(hot.parent.kind, hot.parent), hot.runs, objects);
  }
}

function nameOf(
  kind: string,
  { namespace, name }: { readonly namespace?: string | undefined; readonly name: string },
): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

const bookkeeping =
  /^\.metadata\.(managedFields|resourceVersion|generation|uid|creationTimestamp|annotations\..*\/desired)/;

/** The paths of the fields whose values differ. */
function differing(one: unknown, other: unknown, path: string): readonly string[] {
  if (bookkeeping.test(path) || Object.is(one, other)) return [];
  const isBranch = typeof one === "object" && one !== null && typeof other === "object" && other !== null;
  if (!isBranch) return [path.slice(1)];
  const fields = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...fields].flatMap((field) =>
    differing(Reflect.get(one, field), Reflect.get(other, field), `${path}.${field}`),
  );
}
