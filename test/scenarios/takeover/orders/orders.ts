import assert from "node:assert/strict";
import type { InProcess } from "../../../../cli/operate/in-process.ts";
import { snapshotLabels, snapshotsOf } from "../../../../crds/snapshot/head.ts";
import type { KubeObject, ObjectKey } from "../../../../kit/kube/port.ts";
import { plugKey, plugWith, socketKey, socketWith } from "../../../worlds/manifests.ts";
import { apply, clusterUidOf, makeWorld, operatorNamespace, rest, start, type World } from "../../../worlds/worlds.ts";

/** One thing that somebody does to either side. Every number is drawn; what it picks from, the life decides. */
export type Order =
  | { readonly act: "delete" | "take away" | "make" | "make again" | "lose status"; readonly plug: Name }
  | { readonly act: "delete socket" | "take socket away" | "make socket" | "make both again" }
  | { readonly act: "relabel"; readonly tier: "gold" | "none" }
  | { readonly act: "rules"; readonly rules: "none" | "gold" | "nobody" }
  | { readonly act: "limit"; readonly limit: number | null }
  | { readonly act: "interface"; readonly plug: Name; readonly name: "postgres" | "mysql" | null }
  | { readonly act: "pause"; readonly side: "plug" | "socket"; readonly paused: boolean }
  | { readonly act: "restore"; readonly plug: Name; readonly withStatus: boolean }
  | { readonly act: "move cluster"; readonly withStatus: boolean }
  | { readonly act: "remake namespace"; readonly side: Side }
  | { readonly act: "restart" | "rotate" }
  | { readonly act: "wait"; readonly minutes: number };

export type Name = (typeof names)[number];
type Side = "app" | "db";

export const names = ["a", "b"] as const;

const map = (name: string, data: object): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
const isOurs = ({ kind }: KubeObject): boolean => kind === "Plug" || kind === "Socket";

interface Settings {
  readonly rules: Extract<Order, { act: "rules" }>["rules"];
  readonly limit: number | null;
  readonly interfaces: { readonly [name in Name]: string | null };
}

/** A backup of a plug. */
interface Backup {
  readonly object: KubeObject;
  /** Of the namespaces when it was taken. */
  readonly lives: string;
}

/**
 * Two sides, a Plugboard, and what each side may know: a secret of the other that was valid at some moment at which the rules, the interface and
 * the limit would have admitted the plug as a newcomer, or at which it held a coupling that they had admitted. After each order the world is held to that, and to
 * what is owed to plugs whose coupling nothing ended.
 */
export class Life {
  #world: World;
  #plugboard: InProcess | undefined;
  #settings: Settings = { rules: "none", limit: null, interfaces: { a: null, b: null } };
  #secrets = { app: "app-0", db: "db-0" };
  #count = 0;
  readonly #tenants = { app: 0, db: 0 };
  /** What a side may know for a plug of that name. */
  readonly #known: { readonly [side in Side]: Map<Name, Set<string>> } = { app: new Map(), db: new Map() };
  /** The uids of plug and socket of couplings that were admitted. */
  readonly #admitted = new Map<Name, string>();
  /** Whose objects have to be there. */
  readonly #owed = new Set<Name>();
  readonly #backups = new Map<Name, Backup>();
  readonly #orders: Order[] = [];

  private constructor(world: World) {
    this.#world = world;
  }

  /** Two coupled plugs. */
  static async begin(): Promise<Life> {
    const life = new Life(await makeWorld());
    await life.#writeSecrets();
    await life.#makeSocket();
    await life.#start();
    for (const name of names) await life.#makePlug(name);
    await life.#settle();
    return life;
  }

  async stop(): Promise<void> {
    await this.#plugboard?.stop();
  }

  /** Does it, lets Plugboard come to rest, and holds the world to what each side may know and is owed. @throws AssertionError with all orders so far */
  async follow(order: Order): Promise<void> {
    this.#orders.push(order);
    await this.#do(order);
    await this.#settle();
  }

  /** At the end nothing that is over is left: neither snapshots nor objects of plugs that are gone. What was moved here waits for its plug. */
  async end(): Promise<void> {
    for (const name of names) if (await this.#get(plugKey(name))) await this.follow({ act: "delete", plug: name });
    await this.follow({ act: "pause", side: "socket", paused: false });
    await this.follow({ act: "wait", minutes: 45 });
    const snapshots = this.#world.cluster
      .objects()
      .filter(({ metadata }) => snapshotLabels.of in (metadata.labels ?? {}));
    const cluster = clusterUidOf(this.#world);
    const isMoved = ({ metadata: { labels } }: KubeObject): boolean => labels?.[snapshotLabels.clusterUid] !== cluster;
    const moved = new Set(snapshots.filter(isMoved).map(({ metadata }) => metadata.labels?.[snapshotLabels.of]));
    const gone = names.filter((name) => !moved.has(snapshotsOf({ namespace: "app", name })));
    const left = gone.flatMap((name) => [`app/loot-${name}`, `app/result-${name}`, `db/of-${name}`]);
    const what = [
      ...left.filter((path) => this.#has(path)),
      ...snapshots.filter((one) => !isMoved(one)).map(({ metadata }) => metadata.name),
    ];
    this.#hold(what.length === 0, `something is left: ${what}`);
  }

  async #do(order: Order): Promise<void> {
    const { kube } = this.#world.cluster;
    switch (order.act) {
      case "delete":
        this.#owed.delete(order.plug);
        await kube.delete(plugKey(order.plug));
        return;
      case "take away":
        return this.#takeAway(plugKey(order.plug));
      case "make":
        return this.#makePlug(order.plug);
      case "make again":
        await this.#takeAway(plugKey(order.plug));
        return this.#makePlug(order.plug);
      case "lose status": {
        const plug = await this.#get(plugKey(order.plug));
        if (plug !== undefined && plug.metadata.deletionTimestamp === undefined)
          await kube.replaceStatus({ ...plug, status: {} });
        await this.#world.clock.advance(61_000);
        return;
      }
      case "delete socket":
        this.#owed.clear();
        await kube.delete(socketKey("vault"));
        return;
      case "take socket away":
        this.#owed.clear();
        return this.#takeAway(socketKey("vault"));
      case "make socket":
        return this.#makeSocket();
      case "make both again":
        return this.#makeBothAgain();
      case "relabel":
        await kube.patch(namespaceKey("app"), { metadata: { labels: { tier: order.tier } } });
        return;
      case "rules":
        this.#settings = { ...this.#settings, rules: order.rules };
        return this.#makeSocket();
      case "limit":
        this.#settings = { ...this.#settings, limit: order.limit };
        return this.#makeSocket();
      case "interface":
        this.#settings = { ...this.#settings, interfaces: { ...this.#settings.interfaces, [order.plug]: order.name } };
        if ((await this.#get(plugKey(order.plug))) !== undefined) await this.#makePlug(order.plug);
        return;
      case "pause":
        return this.#pause(order.side, order.paused);
      case "restore":
        return this.#restore(order.plug, order.withStatus);
      case "move cluster":
        return this.#move(order.withStatus);
      case "remake namespace":
        return this.#remake(order.side);
      case "restart":
        await this.#stopPlugboard();
        return;
      case "rotate":
        this.#count += 1;
        this.#secrets = { app: `app-${this.#count}`, db: `db-${this.#count}` };
        return this.#writeSecrets();
      case "wait":
        for (let past = 0; past < order.minutes; past += 5) {
          await this.#judge();
          await this.#start();
          await this.#world.clock.advance(300_000);
          await this.#rest();
        }
        // What is not there for so long is swept.
        for (const name of names) if ((await this.#get(plugKey(name))) === undefined) this.#owed.delete(name);
    }
  }

  async #settle(): Promise<void> {
    await this.#judge();
    await this.#start();
    await this.#rest();
    // A place that another gave up meanwhile.
    await this.#judge();
    await this.#check();
    await this.#remember();
  }

  /** What each plug may know and hand over from now on, were it new; and whose coupling may end. */
  async #judge(): Promise<void> {
    const socket = await this.#get(socketKey("vault"));
    for (const name of names) {
      const plug = await this.#get(plugKey(name));
      if (plug === undefined || socket === undefined) continue;
      if (this.#isRefused() && !this.#isPaused(socket)) this.#mayEnd(name, plug, socket);
      if (!this.#isEntitled(name, plug, socket)) continue;
      this.#knownTo("app", name).add(this.#secrets.db);
      this.#knownTo("db", name).add(this.#secrets.app);
    }
  }

  #knownTo(side: Side, name: Name): Set<string> {
    const known = this.#known[side].get(name) ?? new Set();
    this.#known[side].set(name, known);
    return known;
  }

  #mayEnd(name: Name, plug: KubeObject, socket: KubeObject): void {
    if (this.#admitted.get(name) === pairOf(plug, socket)) this.#owed.delete(name);
  }

  /** Whether it would be admitted as a newcomer, or holds a coupling that was: that keeps its place whatever the limit. */
  #isEntitled(name: Name, plug: KubeObject, socket: KubeObject): boolean {
    if (this.#isRefused() || this.#settings.interfaces[name] === "mysql") return false;
    const { limit } = this.#settings;
    return limit === null || this.#admitted.get(name) === pairOf(plug, socket) || this.#othersAt(name) < limit;
  }

  #isRefused(): boolean {
    const { rules } = this.#settings;
    if (rules === "none") return false;
    const app = this.#world.cluster
      .objects()
      .find(({ kind, metadata }) => kind === "Namespace" && metadata.name === "app");
    return rules === "nobody" || app?.metadata.labels?.["tier"] !== "gold";
  }

  #isPaused({ metadata }: KubeObject): boolean {
    return metadata.annotations?.["integration.rock8s.com/paused"] === "true";
  }

  /** How many others hold a place: their snapshots are not finished. */
  #othersAt(name: Name): number {
    const own = snapshotsOf({ namespace: "app", name });
    const holding = this.#world.cluster
      .objects()
      .map(({ metadata }) => metadata.labels ?? {})
      .filter((labels) => labels[snapshotLabels.of] !== undefined && labels[snapshotLabels.finishedAt] === undefined)
      .map((labels) => labels[snapshotLabels.of]);
    return new Set(holding.filter((of) => of !== own)).size;
  }

  /** Holds the world to what its sides may know, and to what is owed. */
  async #check(): Promise<void> {
    for (const { kind, metadata, data } of this.#world.cluster.objects()) {
      const [, name] = /^(?:loot|result|of|dropped)-([ab])$/.exec(metadata.name) ?? [];
      if (kind !== "ConfigMap" || name === undefined) continue;
      const side = metadata.namespace === "app" ? "app" : "db";
      const known = this.#knownTo(side, name as Name);
      for (const [secret] of JSON.stringify(data).matchAll(side === "app" ? /db-\d+/g : /app-\d+/g))
        this.#hold(known.has(secret), `${side} sees ${secret} in ${metadata.name}, and may know ${[...known]}`);
    }
    for (const name of names) this.#hold(!(await this.#evades(name)), `plug ${name} is refused, and still coupled`);
    for (const name of this.#owed) {
      if ((await this.#get(plugKey(name))) === undefined) continue;
      const made = [`app/loot-${name}`, `db/of-${name}`];
      for (const object of made) this.#hold(this.#has(object), `${object} is owed to plug ${name}, and gone`);
      this.#hold(!this.#has(`db/dropped-${name}`), `plug ${name} was decoupled, and nothing had ended its coupling`);
    }
  }

  /** Whether a coupling that had been admitted outlives the refusal of the rules, though the socket is not paused. */
  async #evades(name: Name): Promise<boolean> {
    const [plug, socket] = [await this.#get(plugKey(name)), await this.#get(socketKey("vault"))];
    if (plug === undefined || socket === undefined || !this.#isRefused() || this.#isPaused(socket)) return false;
    const isAdmitted = this.#admitted.get(name) === pairOf(plug, socket);
    return isAdmitted && Object(plug["status"]).coupledSocket !== undefined;
  }

  #has(path: string): boolean {
    return this.#world.cluster
      .objects()
      .some(({ kind, metadata }) => kind === "ConfigMap" && `${metadata.namespace}/${metadata.name}` === path);
  }

  #hold(holds: boolean, claim: string): void {
    assert.ok(holds, `${claim}\n${this.#orders.map((order) => JSON.stringify(order)).join("\n")}`);
  }

  /** What stands now: who was admitted, and who has what from now on is owed. */
  async #remember(): Promise<void> {
    const socket = await this.#get(socketKey("vault"));
    for (const name of names) {
      const plug = await this.#get(plugKey(name));
      if (plug === undefined || socket === undefined) continue;
      const { admitted } = Object(plug["status"]);
      const entitled = this.#isEntitled(name, plug, socket);
      if (entitled && admitted !== undefined && isReady(plug)) this.#admitted.set(name, pairOf(plug, socket));
      if (!this.#has(`app/loot-${name}`) || plug.metadata.deletionTimestamp !== undefined) continue;
      const coupled = Object(plug["status"]).coupledSocket?.uid === socket.metadata.uid;
      if (!coupled || !this.#has(`db/of-${name}`) || this.#has(`db/dropped-${name}`)) continue;
      this.#backups.set(name, { object: plug, lives: this.#lives() });
      if (entitled || this.#admitted.get(name) !== pairOf(plug, socket)) this.#owed.add(name);
    }
  }

  #lives(): string {
    return `${this.#tenants.app} ${this.#tenants.db}`;
  }

  async #takeAway(key: ObjectKey): Promise<void> {
    if ((await this.#get(key)) === undefined) return;
    await this.#stopPlugboard();
    await this.#world.cluster.kube.patch(key, { metadata: { finalizers: null } });
    await this.#world.cluster.kube.delete(key);
  }

  async #makeBothAgain(): Promise<void> {
    await this.#stopPlugboard();
    for (const name of names) await this.#takeAway(plugKey(name));
    await this.#takeAway(socketKey("vault"));
    await this.#makeSocket();
    for (const name of names) await this.#makePlug(name);
  }

  async #pause(side: "plug" | "socket", paused: boolean): Promise<void> {
    const patch = { metadata: { annotations: { "integration.rock8s.com/paused": paused ? "true" : null } } };
    const keys = side === "socket" ? [socketKey("vault")] : names.map((name) => plugKey(name));
    for (const key of keys) if (await this.#get(key)) await this.#world.cluster.kube.patch(key, patch);
  }

  /** The plug of a backup, in place of what is there, under another uid. */
  async #restore(name: Name, withStatus: boolean): Promise<void> {
    const backup = this.#backups.get(name);
    if (backup === undefined || backup.lives !== this.#lives()) return;
    await this.#takeAway(plugKey(name));
    await this.#stopPlugboard();
    if ((await this.#get(plugKey(name))) === undefined)
      this.#world.cluster.restore([backedUp(backup.object, withStatus)]);
    // What was swept since cannot be brought back with the plug alone.
    if (!this.#has(`app/loot-${name}`)) this.#owed.delete(name);
  }

  /** Everything in another cluster, Plugboard first. */
  async #move(withStatus: boolean): Promise<void> {
    await this.#stopPlugboard();
    const from = this.#world;
    const before = new Map(await Promise.all(names.map(async (name) => [name, await this.#pair(name)] as const)));
    this.#world = await makeWorld();
    const bring = (wanted: (object: KubeObject) => boolean): void =>
      this.#world.cluster.restore(
        from.cluster
          .objects()
          .filter(wanted)
          .map((object) => backedUp(object, withStatus)),
      );
    const labels = from.cluster.objects().find(({ kind, metadata }) => kind === "Namespace" && metadata.name === "app")
      ?.metadata.labels;
    await this.#world.cluster.kube.patch(namespaceKey("app"), { metadata: { labels } });
    bring(({ metadata }) => metadata.namespace === operatorNamespace);
    await this.#start();
    await this.#world.clock.advance(1_800_000);
    await this.#rest();
    await this.#stopPlugboard();
    bring(
      (object) => ["app", "db"].includes(object.metadata.namespace ?? "") && !isOurs(object) && object.kind !== "Event",
    );
    bring(({ kind }) => kind === "Socket");
    bring(({ kind, metadata }) => kind === "Plug" && metadata.deletionTimestamp === undefined);
    for (const name of names) {
      const admitted = this.#admitted.get(name);
      const pair = await this.#pair(name);
      const stays = admitted !== undefined && admitted === before.get(name) && !this.#isRefused();
      if (stays && pair !== undefined) this.#admitted.set(name, pair);
      if (pair === undefined) this.#owed.delete(name);
      this.#backups.delete(name);
    }
  }

  async #pair(name: Name): Promise<string | undefined> {
    const [plug, socket] = [await this.#get(plugKey(name)), await this.#get(socketKey("vault"))];
    return plug === undefined || socket === undefined ? undefined : pairOf(plug, socket);
  }

  /** Another tenant has a namespace of that name, with all that is of the same name. */
  async #remake(side: Side): Promise<void> {
    await this.#stopPlugboard();
    const { kube } = this.#world.cluster;
    this.#owed.clear();
    const keys = side === "app" ? names.map((name) => plugKey(name)) : [socketKey("vault")];
    const there = await Promise.all(keys.map((key) => this.#get(key)));
    for (const key of keys) await this.#takeAway(key);
    const labels = (await this.#get(namespaceKey(side)))?.metadata.labels;
    await kube.delete(namespaceKey(side));
    await apply(kube, { apiVersion: "v1", kind: "Namespace", metadata: { name: side, ...(labels && { labels }) } });
    this.#tenants[side] += 1;
    this.#known[side].clear();
    this.#count += 1;
    this.#secrets = { ...this.#secrets, [side]: `${side}-${this.#count}` };
    await this.#writeSecrets();
    if (side === "db") await this.#makeSocket();
    for (const [index, name] of names.entries()) if (side === "app" && there[index]) await this.#makePlug(name);
  }

  async #makeSocket(): Promise<void> {
    const { rules, limit } = this.#settings;
    const validation = {
      gold: { namespaceSelector: { matchLabels: { tier: "gold" } } },
      nobody: { namespaceBlacklist: ["."] },
      none: undefined,
    }[rules];
    await apply(
      this.#world.cluster.kube,
      socketWith("vault", {
        interface: { name: "postgres", config: {}, result: {} },
        configSecretName: "vault",
        resultTemplate: { at: "{% .socketConfig.password %}" },
        resources: [
          { template: map("of-{% .plug.metadata.name %}", { seen: "{% .plugConfig.password %}" }) },
          {
            when: ["decoupled"],
            template: map("dropped-{% .plug.metadata.name %}", { seen: "{% .plugConfig.password %}" }),
          },
        ],
        ...(validation === undefined ? {} : { validation }),
        ...(limit === null ? {} : { limit }),
      }),
    );
  }

  async #makePlug(name: Name): Promise<void> {
    const wanted = this.#settings.interfaces[name];
    await apply(
      this.#world.cluster.kube,
      plugWith(name, {
        socket: { name: "vault", namespace: "db" },
        configSecretName: "own",
        resources: [{ template: map(`loot-${name}`, { seen: "{% .socketConfig.password %}" }) }],
        resultResources: [{ template: map(`result-${name}`, { seen: "{% .socketResult.at %}" }) }],
        ...(wanted === null ? {} : { interface: { name: wanted } }),
      }),
    );
  }

  async #writeSecrets(): Promise<void> {
    for (const [name, side] of [
      ["own", "app"],
      ["vault", "db"],
    ] as const)
      await apply(this.#world.cluster.kube, {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, namespace: side },
        stringData: { password: this.#secrets[side] },
      });
  }

  #get(key: ObjectKey): Promise<KubeObject | undefined> {
    return this.#world.cluster.kube.get(key);
  }

  async #start(): Promise<void> {
    this.#plugboard ??= await start(this.#world);
  }

  async #stopPlugboard(): Promise<void> {
    await this.#plugboard?.stop();
    this.#plugboard = undefined;
  }

  async #rest(): Promise<void> {
    if (this.#plugboard !== undefined) await rest(this.#world, this.#plugboard);
  }
}

function namespaceKey(name: string): ObjectKey {
  return { apiVersion: "v1", kind: "Namespace", name };
}

function pairOf(plug: KubeObject, socket: KubeObject): string {
  return `${plug.metadata.uid} ${socket.metadata.uid}`;
}

function isReady(plug: KubeObject): boolean {
  const { conditions = [] } = Object(plug["status"]);
  return conditions.some(({ type, status }: { type: string; status: string }) => type === "Ready" && status === "True");
}

/** What a backup has of an object: no uid, no finalizer of ours, and no status unless it is asked for. */
function backedUp({ status, ...object }: KubeObject, withStatus: boolean): KubeObject {
  const {
    uid: _uid,
    resourceVersion: _version,
    managedFields: _by,
    creationTimestamp: _at,
    finalizers: _ours,
    ...metadata
  } = object.metadata;
  return { ...object, metadata, ...(withStatus && status !== undefined ? { status } : {}) } as KubeObject;
}
