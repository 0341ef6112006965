import { interceptedKube, type KubeRequest } from "../../../kit/kube/intercept.ts";
import type { Kube, KubeObject } from "../../../kit/kube/port.ts";
import { secretTemplate, template } from "../../worlds/manifests.ts";
import type { Life } from "../life/life.ts";
import { plug, socket } from "../life/manifests.ts";

/** What one coupling costs: Events apart, and what a socket's sync costs once for all its plugs. */
export interface Cost {
  readonly requests: number;
  readonly writes: number;
  readonly events: number;
}

/** The socket of the simplest coupling: one resource on its side. */
export function simpleSocket(life: Pick<Life, "app" | "db">): KubeObject {
  return socket(life, {
    config: { host: "pg" },
    resultTemplate: { url: "postgres://{% .socketConfig.host %}/{% .plugConfig.database %}" },
    resources: [{ template: template("{% .plug.metadata.name %}-db", { database: "{% .plugConfig.database %}" }) }],
  });
}

/** A plug of the simplest coupling: one resource on its side, and a result Secret. */
export function simplePlug(life: Pick<Life, "app" | "db">, name: string): KubeObject {
  const spec = {
    config: { database: name },
    resources: [{ template: template("{% .plug.metadata.name %}-app", { host: "{% .socketConfig.host %}" }) }],
    resultResources: [
      { template: secretTemplate("{% .plug.metadata.name %}-url", { url: "{% .socketResult.url %}" }) },
    ],
  };
  return plug(life, spec, name);
}

/** Counts what passes through a Kube port from now on. */
export class Ledger {
  #requests: KubeRequest[] = [];

  through(kube: Kube): Kube {
    return interceptedKube(kube, (request, perform) => {
      if (request.verb !== "served" && request.verb !== "watch") this.#requests.push(request);
      return perform();
    });
  }

  clear(): void {
    this.#requests = [];
  }

  /** What one of so many couplings cost on average. */
  costOf(couplings: number): Cost {
    const isEvent = ({ kind }: KubeRequest) => kind === "Event";
    const isSync = ({ kind, verb }: KubeRequest) => kind === "Socket" && verb === "replaceStatus";
    if (process.env["SHOW"])
      console.log(this.#requests.map(({ verb, kind, name }) => `${verb} ${kind} ${name}`).join("\n"));
    const counted = this.#requests.filter((request) => !isEvent(request) && !isSync(request));
    return {
      requests: counted.length / couplings,
      writes: counted.filter(({ write }) => write).length / couplings,
      events: this.#requests.filter(isEvent).length / couplings,
    };
  }
}
