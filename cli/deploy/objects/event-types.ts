import { eventFormat, type FactName, facts, type StageName, stageNames } from "../../../crds/stage-names.ts";
import { eventType } from "../../../eventing/cloud-events.ts";
import { type Node, namespace } from "../blueprint/blueprint.ts";
import { labelsOf } from "./container.ts";
import { brokerReference } from "./knative.ts";

/** The meaning of each event type, for people who look for events to subscribe to. */
const descriptions: { readonly [name in StageName | FactName]: string } = {
  "plug.adopt": "Requests a stage: take over an existing coupling.",
  "plug.create": "Requests a stage: add the finalizer and apply the `created` resources of the plug.",
  "plug.decouple": "Requests a stage: end the coupling and remove the objects that it applied.",
  "plug.delete": "Requests a stage: apply the `deleted` resources of the plug and remove the finalizer.",
  "plug.resolve-config": "Requests a stage: resolve and check the configs of both sides.",
  "plug.couple": "Requests a stage: couple the plug to its socket.",
  "plug.update": "Requests a stage: apply the changes of a coupling.",
  "plug.template-result": "Requests a stage: compute the result of a coupling.",
  "plug.repair": "Requests a stage: restore objects of a coupling that another client changed.",
  "plug.adopted": "An existing coupling was taken over.",
  "plug.created": "The finalizer was added and the `created` resources were applied.",
  "plug.decoupled": "The coupling ended and its objects were removed.",
  "plug.deleted": "The plug was deleted.",
  "plug.config-resolved": "The configs of both sides were resolved and checked.",
  "plug.coupled": "The plug was coupled to its socket.",
  "plug.updated": "The changes of the coupling were applied.",
  "plug.result-templated": "The result of the coupling was computed.",
  "plug.repaired": "Objects of the coupling that another client changed were restored.",
  "plug.waiting": "A stage of the plug waits; the conditions of the plug say for what.",
  "plug.failed": "A stage of the plug failed; the conditions of the plug say why.",
  "socket.create": "Requests a stage: add the finalizer and apply the `created` resources of the socket.",
  "socket.sync": "Requests a stage: list the plugs of the socket and grant its places.",
  "socket.delete": "Requests a stage: apply the `deleted` resources of the socket and remove the finalizer.",
  "socket.created": "The finalizer was added and the `created` resources were applied.",
  "socket.waiting": "A stage of the socket waits; the conditions of the socket say for what.",
  "socket.synced": "The status of the socket lists the plugs that are coupled to it.",
  "socket.deleted": "The socket was deleted.",
  "socket.failed": "A stage of the socket failed; the conditions of the socket say why.",
  "snapshot.sweep": "Requests a stage: remove a snapshot that no plug needs.",
  "snapshot.swept": "A snapshot that no plug needs was removed.",
  "deferredresource.resolve": "Requests a stage: apply the resource when the awaited objects exist.",
  "deferredresource.resolved": "The resource was applied.",
  "deferredresource.waiting": "The DeferredResource waits; its status says for what.",
  "deferredresource.deleted": "The DeferredResource was deleted.",
  "deferredresource.failed": "The resource could not be applied; the status of the DeferredResource says why.",
  "apparatus.remove": "Requests a stage: remove the unused Pod of an apparatus.",
  "apparatus.removed": "The unused Pod of an apparatus was removed.",
};

/** EventTypes of all stages and facts, for `kn eventtype list`. */
export function eventTypes(): readonly Node[] {
  return [...stageNames, ...facts].map(eventTypeObject);
}

/**
 * Lists attributes in the order in which Knative returns them.
 * Knative stores EventTypes in an older version, which keeps no other attributes.
 * Omits the source, which differs from cluster to cluster.
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
