import { eventFormat, type FactName, facts, type StageName, stageNames } from "../../../crds/stage-names.ts";
import { eventType } from "../../../eventing/events.ts";
import { type Node, namespace } from "../blueprint/blueprint.ts";
import { labelsOf } from "./container.ts";
import { brokerReference } from "./knative.ts";

/** What each event of ours says, for people who look for something to subscribe to. */
const descriptions: { readonly [name in StageName | FactName]: string } = {
  "plug.adopt": "Asks for a stage: take over a coupling that is there already.",
  "plug.create": "Asks for a stage: add the finalizer, and make what the plug wants at its creation.",
  "plug.decouple": "Asks for a stage: end the coupling and remove what it applied.",
  "plug.delete": "Asks for a stage: make what the plug wants at its deletion, and remove the finalizer.",
  "plug.resolve-config": "Asks for a stage: resolve and check the configs of both sides.",
  "plug.couple": "Asks for a stage: couple the plug to its socket.",
  "plug.update": "Asks for a stage: apply what has changed to a coupling.",
  "plug.template-result": "Asks for a stage: compute the result of a coupling.",
  "plug.repair": "Asks for a stage: put back what somebody changed of what a coupling applied.",
  "plug.adopted": "A coupling that was there already was taken over.",
  "plug.created": "The finalizer is on the plug, and what it wants at its creation is made.",
  "plug.decoupled": "The coupling ended, and what it applied is removed.",
  "plug.deleted": "The plug is gone.",
  "plug.config-resolved": "The configs of both sides are resolved and checked.",
  "plug.coupled": "The plug is coupled to its socket.",
  "plug.updated": "What changed is applied to the coupling.",
  "plug.result-templated": "The result of the coupling is there.",
  "plug.repaired": "What somebody changed of what the coupling applied is put back.",
  "plug.waiting": "A stage of the plug waits for something; the conditions of the plug say for what.",
  "plug.failed": "A stage of the plug failed; the conditions of the plug say why.",
  "socket.create": "Asks for a stage: add the finalizer, and make what the socket wants at its creation.",
  "socket.sync": "Asks for a stage: count the plugs of the socket, and grant its places.",
  "socket.delete": "Asks for a stage: make what the socket wants at its deletion, and remove the finalizer.",
  "socket.created": "The finalizer is on the socket, and what it wants at its creation is made.",
  "socket.synced": "The status of the socket says who is coupled to it.",
  "socket.deleted": "The socket is gone.",
  "socket.failed": "A stage of the socket failed; the conditions of the socket say why.",
  "snapshot.sweep": "Asks for a stage: remove a snapshot that no plug needs.",
  "snapshot.swept": "A snapshot that no plug needs was removed.",
  "deferredresource.resolve": "Asks for a stage: apply the resource when what it waits for is there.",
  "deferredresource.resolved": "The resource is applied.",
  "deferredresource.waiting": "The resource waits for something; the status of the DeferredResource says for what.",
  "deferredresource.deleted": "The DeferredResource is gone.",
  "deferredresource.failed": "The resource cannot be applied; the status of the DeferredResource says why.",
  "apparatus.remove": "Asks for a stage: remove the Pod of an apparatus that nobody uses.",
  "apparatus.removed": "The Pod of an apparatus that nobody used was removed.",
};

/** What the Broker carries of ours, for `kn eventtype list`: every stage and every fact. */
export function eventTypes(): readonly Node[] {
  return [...stageNames, ...facts].map(eventTypeObject);
}

/**
 * With the attributes that Knative keeps, in the order in which it gives them back: it stores EventTypes in an older version that has no others.
 * The source is not written, as it differs from cluster to cluster.
 */
function eventTypeObject(name: StageName | FactName): Node {
  const type = eventType(eventFormat, name);
  return {
    apiVersion: "eventing.knative.dev/v1beta3",
    kind: "EventType",
    metadata: { name: type, namespace, labels: labelsOf("event-types") },
    spec: {
      reference: { ...brokerReference, namespace },
      description: descriptions[name],
      attributes: [
        { name: "specversion", required: true },
        { name: "id", required: true },
        { name: "type", required: true, value: type },
        { name: "source", required: true },
      ],
    },
  };
}
