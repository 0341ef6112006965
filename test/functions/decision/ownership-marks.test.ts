import { describe, expect, test } from "@jest/globals";
import { fieldManager, labels, manager } from "../../../crds/names.ts";
import { atHome, labelled, marksOfPlug, marksOfSocket } from "../../../functions/resources/ownership-marks.ts";
import type { ObjectMeta } from "../../../kit/kube/port.ts";
import { bears, type Marks } from "../../../kit/performing/marks.ts";

interface Look {
  readonly namespace: string | undefined;
  readonly managedBy: string | undefined;
  readonly plug: string | undefined;
  readonly socket: string | undefined;
  readonly operation: "Apply" | "Update" | undefined;
}

/** Everything that the metadata of an object can say of whose it is. */
const looks: readonly Look[] = [undefined, "own", "other"].flatMap((namespace) =>
  [undefined, manager, "helm"].flatMap((managedBy) => [undefined, "me", "them"].flatMap((plug) => [undefined, "me", "them"].flatMap((socket) => ([undefined, "Apply", "Update"] as const).map((operation) => ({ namespace, managedBy, plug, socket, operation }))))),
);

function metadataOf({ namespace, managedBy, plug, socket, operation }: Look): ObjectMeta {
  const marks = Object.entries({ [labels.managedBy]: managedBy, [labels.plugUid]: plug, [labels.socketUid]: socket });
  return {
    name: "made",
    ...(namespace === undefined ? {} : { namespace }),
    labels: Object.fromEntries(marks.flatMap(([label, value]) => (value === undefined ? [] : [[label, value]]))),
    managedFields: operation === undefined ? [] : [{ manager: fieldManager, operation }],
  };
}

const ours = ({ managedBy }: Look): boolean => managedBy === manager;
const formers = ({ operation }: Look): boolean => operation === "Apply";
const isPlugs = (look: Look): boolean => (look.plug === undefined ? formers(look) && !ours(look) : look.plug === "me");
const isSockets = (look: Look): boolean => (look.managedBy === undefined ? formers(look) : look.socket === "me" && look.plug === undefined);
const isHome = (look: Look): boolean => ours(look) || look.namespace !== "other";

type OwnershipCase = readonly [claim: string, marks: readonly Marks[], belongs: (look: Look) => boolean];

const cases: readonly OwnershipCase[] = [
  ["a plug's are those with its label, and without any those that the operator before applied", marksOfPlug("me"), isPlugs],
  ["a plug's, where only its status tells of them, are at home or bear our label", atHome(marksOfPlug("me"), "own"), (look) => isPlugs(look) && isHome(look)],
  ["a plug's that are given back bear our label", labelled(marksOfPlug("me")), (look) => isPlugs(look) && ours(look)],
  ["a socket's own are those with its label and no plug's, and unmanaged ones that the operator before applied", marksOfSocket("me"), isSockets],
  ["a socket's own, where only its status tells of them, are at home or bear our label", atHome(marksOfSocket("me"), "own"), (look) => isSockets(look) && isHome(look)],
  ["a socket's own that are given back bear our label", labelled(marksOfSocket("me")), (look) => isSockets(look) && ours(look)],
];

describe("of all objects that there can be", () => {
  test.each(cases)("%s", (_claim, marks, belongs) => {
    const found = looks.filter((look) => bears(metadataOf(look), marks));
    expect(found).toEqual(looks.filter(belongs));
    expect(found.length).toBeGreaterThan(0);
  });
});
