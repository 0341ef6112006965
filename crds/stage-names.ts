/** The stages of a plug, in their order: where several are due, the first of them is. */
export const plugStages = [
  "plug.adopt",
  "plug.create",
  "plug.decouple",
  "plug.delete",
  "plug.resolve-config",
  "plug.couple",
  "plug.update",
  "plug.template-result",
  "plug.repair",
] as const;

/** The stages of a socket. */
export const socketStages = ["socket.create", "socket.sync", "socket.delete"] as const;

export type PlugStageName = (typeof plugStages)[number];
export type SocketStageName = (typeof socketStages)[number];

/** Every stage there is. */
export type StageName =
  | PlugStageName
  | SocketStageName
  | "snapshot.sweep"
  | "deferredresource.resolve"
  | "apparatus.remove";

/** All of them. */
export const stageNames: readonly StageName[] = [
  ...plugStages,
  ...socketStages,
  "snapshot.sweep",
  "deferredresource.resolve",
  "apparatus.remove",
];

/** The name of a function where a DNS label is wanted, as Kubernetes and the Functions Framework take names: `plug-couple` for `plug.couple`. */
export function targetOf(name: string): string {
  return name.replace(".", "-");
}
