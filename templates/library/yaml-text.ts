import { parseEvents, YAMLException } from "js-yaml";
import { hasBytes } from "../../kit/encoding/bytes.ts";
import { writeYaml as write } from "../../kit/encoding/exact-yaml.ts";
import type { Json } from "../../kit/kube/port.ts";
import type { Bounds } from "../evaluate/bounds.ts";
import { Fault } from "../problems.ts";
import { Composer } from "../yaml/compose.ts";
import { jsonOf } from "../yaml/node.ts";
import { YamlSink } from "../yaml/sink.ts";

/** JSON as YAML text the way Kubernetes' tools write it: keys in order, lists not indented, no newline at the end. */
export function writeYaml(value: Json): string {
  return write(value, { seqNoIndent: true, sortKeys: true, lineWidth: -1, quoteStyle: "double" }).replace(/\n$/, "");
}

/** The first document of a YAML text, read as Kubernetes reads it. @throws Fault */
export function readYaml(text: string, bounds: Bounds): Json {
  if (hasBytes(text)) throw new Fault("not YAML: bytes that are no UTF-8", { ours: true });
  const sink = new YamlSink(text, bounds);
  sink.literal(text, 0);
  try {
    const [root] = new Composer(sink, parseEvents(text, {})).documents();
    return root === undefined ? null : jsonOf(root);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new Fault(`not YAML: ${error.reason}`);
  }
}
