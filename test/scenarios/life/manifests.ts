import type { KubeObject } from "../../../kit/kube/port.ts";
import { type Fields, plugWith, socketWith, template } from "../../worlds/manifests.ts";
import type { Life } from "./life.ts";

/** A plug of a life, at the socket of the same. */
export function plug({ app, db }: Pick<Life, "app" | "db">, spec: Fields = {}, name = "web"): KubeObject {
  return plugWith(name, { socket: { name: "db", namespace: db }, ...spec }, app);
}

export function socket({ db }: Pick<Life, "db">, spec: Fields = {}, name = "db"): KubeObject {
  return socketWith(name, spec, db);
}

/** A coupling in which each side shows the other's color: `web-plug` beside the plug, `web-socket` beside the socket. */
export function colors(life: Life, plugSpec: Fields = {}, socketSpec: Fields = {}): readonly [KubeObject, KubeObject] {
  return [
    plug(life, {
      config: { color: "red" },
      resources: [{ template: template("{% .plug.metadata.name %}-plug", { color: "{% .socketConfig.color %}" }) }],
      ...plugSpec,
    }),
    socket(life, {
      config: { color: "blue" },
      resources: [{ template: template("{% .plug.metadata.name %}-socket", { color: "{% .plugConfig.color %}" }) }],
      ...socketSpec,
    }),
  ];
}
