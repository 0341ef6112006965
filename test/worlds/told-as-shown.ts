import { ourKinds } from "../../crds/kinds.ts";
import type { SourceReport } from "../../eventing/report.ts";
import type { Told } from "../../kit/loop/kind.ts";
import type { Subject } from "../../kit/loop/stage.ts";
import type { MemoryCluster } from "../../kit/memory/cluster.ts";

/** Hears of every run of a stage, and says where what the object shows before and after it is not the fact that the run told. */
export function toldAsShown(
  cluster: MemoryCluster,
  operatorNamespace: string,
  differs: (how: string) => void,
): (report: SourceReport) => void {
  const { kinds } = ourKinds({ operatorNamespace, clusterUid: undefined });
  const before = new Map<string, Told | undefined>();
  const shown = (stage: string, { kind, namespace, name }: Subject): Told | undefined => {
    const found = kinds.find((one) => one.name === kind);
    return found?.open(({ watched, parse, stages }) => {
      const object = cluster.object({ apiVersion: watched.apiVersion, kind: watched.kind, namespace, name });
      return stages?.told?.(stage, object === undefined ? undefined : parse(object));
    });
  };
  return (report) => {
    if (report.kind !== "requested" && report.kind !== "ended") return;
    const { subject, stage } = report;
    const key = `${subject.kind} ${subject.namespace}/${subject.name} ${stage}`;
    const now = shown(stage, subject);
    if (report.kind === "requested") before.set(key, now);
    else if (report.delivery.kind === "answered" && report.delivery.reply.kind === "fact") {
      const { fact } = report.delivery.reply;
      const then = before.get(key);
      if (now?.fact !== fact || now.of === then?.of)
        differs(`${stage} told ${fact}; shown before: ${JSON.stringify(then)}, after: ${JSON.stringify(now)}`);
    }
  };
}
