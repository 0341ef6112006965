import { expect } from "@jest/globals";
import { annotations, finalizer } from "../../../../crds/names.ts";
import { configMapKey, plugKey, socketKey, template } from "../../../worlds/manifests.ts";
import type { Scenario } from "../life.ts";
import { dataOf, plugIn, ready, says, socketIn, there, untilCoupled, untilReadySays } from "../looks.ts";
import { colors } from "../manifests.ts";

const ownMark = (side: string) => ({
  resources: [
    { when: ["created"], template: template(`${side}-mark`, { made: "at created" }) },
    { when: ["coupled", "updated"], template: template(`${side}-colors`, { color: `{% .${side}Config.color %}` }) },
  ],
});

/** How a coupling comes about. */
export const creation: readonly Scenario[] = [
  {
    name: "a plug that comes first waits for its socket and couples once that is there",
    async live(life) {
      const [plug, socket] = colors(life, ownMark("plug"), ownMark("socket"));
      await life.apply(plug);
      const waiting = await untilReadySays(life, `Socket ${life.db}/db does not exist`);
      expect(says(waiting, "Coupled")).toMatch(/^False SocketNotCreated/);
      expect(await dataOf(life, life.app, "plug-mark")).toEqual({ made: "at created" });
      await life.apply(socket);
      await untilCoupled(life);
      expect(await dataOf(life, life.app, "plug-colors")).toEqual({ color: "red" });
      expect(await dataOf(life, life.db, "socket-colors")).toEqual({ color: "blue" });
      expect(await dataOf(life, life.db, "socket-mark")).toEqual({ made: "at created" });
    },
  },
  {
    name: "a socket that comes first couples a plug at once, and lists it",
    async live(life) {
      const [plug, socket] = colors(life, {}, ownMark("socket"));
      await life.apply(socket);
      await life.rest();
      expect(says(await socketIn(life), "Coupled")).toMatch(/^False SocketEmpty/);
      await life.apply(plug);
      const coupled = await untilCoupled(life);
      expect(coupled.metadata.finalizers).toEqual([finalizer]);
      expect(coupled.status?.coupledSocket).toMatchObject({ namespace: life.db, name: "db" });
      await life.until(
        "the socket listing its plug",
        async () => (await socketIn(life)).status?.coupledPlugCount === 1,
      );
      expect((await socketIn(life)).status?.coupledPlugs?.map(({ name }) => name)).toEqual(["web"]);
      expect(says(await socketIn(life), "Coupled")).toMatch(/^True SocketCoupled/);
    },
  },
  {
    name: "each side's resources show the other's config",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      expect(await dataOf(life, life.app, "web-plug")).toEqual({ color: "blue" });
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "red" });
    },
  },
  {
    name: "a plug in the namespace of its socket needs no namespace in its reference",
    async live(life) {
      const [, socket] = colors(life);
      await life.apply({ ...socket, metadata: { ...socket.metadata, namespace: life.app } });
      const [plug] = colors(life, { socket: { name: "db" } });
      await life.apply(plug);
      await untilCoupled(life);
      expect(await dataOf(life, life.app, "web-socket")).toEqual({ color: "red" });
    },
  },
  {
    name: "a paused plug waits and says so, and couples when it is let go",
    async live(life) {
      const [plug, socket] = colors(life, ownMark("plug"));
      const metadata = { ...plug.metadata, annotations: { [annotations.paused]: "true" } };
      await life.apply({ ...plug, metadata }, socket);
      const paused = await untilReadySays(life, "The plug is paused");
      expect(says(paused, "Ready")).toMatch(/^False Paused/);
      expect(await dataOf(life, life.app, "plug-mark")).toBeUndefined();
      await life.kube.patch(plugKey("web", life.app), { metadata: { annotations: { [annotations.paused]: null } } });
      await untilCoupled(life);
      expect(await dataOf(life, life.app, "plug-mark")).toEqual({ made: "at created" });
    },
  },
  {
    name: "a paused plug that is coupled stays as it is, follows nothing, and catches up when it is let go",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      await life.kube.patch(plugKey("web", life.app), {
        metadata: { annotations: { [annotations.paused]: "true" } },
        spec: { config: { color: "green" } },
      });
      const paused = await untilReadySays(life, "The plug is paused");
      expect(says(paused, "Coupled")).toMatch(/^True/);
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "red" });
      await life.kube.patch(plugKey("web", life.app), { metadata: { annotations: { [annotations.paused]: null } } });
      await untilCoupled(life);
      expect(await dataOf(life, life.db, "web-socket")).toEqual({ color: "green" });
    },
  },
  {
    name: "a paused socket keeps what is coupled as it is, lets nobody in, and both go on when it is let go",
    async live(life) {
      const [plug, socket] = colors(life);
      await life.apply(plug, socket);
      await untilCoupled(life);
      await life.kube.patch(socketKey("db", life.db), {
        metadata: { annotations: { [annotations.paused]: "true" } },
        spec: { config: { color: "black" } },
      });
      await untilReadySays(life, "The socket is paused");
      const [late] = colors(life);
      await life.apply({ ...late, metadata: { ...late.metadata, name: "late" } });
      await untilReadySays(life, "The socket is paused", "late");
      expect(await dataOf(life, life.app, "web-plug")).toEqual({ color: "blue" });
      expect(says(await plugIn(life), "Coupled")).toMatch(/^True/);
      await life.kube.patch(socketKey("db", life.db), { metadata: { annotations: { [annotations.paused]: null } } });
      await untilCoupled(life);
      await untilCoupled(life, "late");
      expect(await dataOf(life, life.app, "web-plug")).toEqual({ color: "black" });
      expect(await dataOf(life, life.app, "late-plug")).toEqual({ color: "black" });
    },
  },
  {
    name: "a paused plug that is deleted is decoupled and deleted all the same",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      await life.kube.patch(plugKey("web", life.app), { metadata: { annotations: { [annotations.paused]: "true" } } });
      await untilReadySays(life, "The plug is paused");
      await life.kube.delete(plugKey("web", life.app));
      await life.until("the plug gone", async () => (await life.kube.get(plugKey("web", life.app))) === undefined);
      await life.rest();
      expect(await dataOf(life, life.app, "web-plug")).toBeUndefined();
      expect(await dataOf(life, life.db, "web-socket")).toBeUndefined();
    },
  },
  {
    name: "a paused plug that is pointed at another socket stays at the old one until it is let go",
    async live(life) {
      await life.apply(...colors(life));
      const [, other] = colors(life, {}, { config: { color: "white" } });
      await life.apply({ ...other, metadata: { ...other.metadata, name: "other" } });
      await untilCoupled(life);
      await life.kube.patch(plugKey("web", life.app), {
        metadata: { annotations: { [annotations.paused]: "true" } },
        spec: { socket: { name: "other" } },
      });
      await untilReadySays(life, "The plug is paused");
      expect((await plugIn(life)).status?.coupledSocket?.name).toBe("db");
      await life.kube.patch(plugKey("web", life.app), { metadata: { annotations: { [annotations.paused]: null } } });
      await life.until("it at the other", async () => (await plugIn(life)).status?.coupledSocket?.name === "other");
      await untilCoupled(life);
      expect(await dataOf(life, life.app, "web-plug")).toEqual({ color: "white" });
    },
  },
  {
    name: "what is applied bears labels that tell whose it is",
    async live(life) {
      await life.apply(...colors(life));
      await untilCoupled(life);
      const [plug, socket] = [await plugIn(life), await socketIn(life)];
      const { labels } = (await there(life, configMapKey(life.db, "web-socket"))).metadata;
      expect(labels).toEqual({
        "app.kubernetes.io/managed-by": "plugboard",
        "integration.rock8s.com/plug-uid": plug.metadata.uid,
        "integration.rock8s.com/socket-uid": socket.metadata.uid,
        "integration.rock8s.com/side": "socket",
      });
      expect(await ready(life)).toMatch(/^True/);
    },
  },
];
