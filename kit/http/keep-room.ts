import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** The share of the connections that stays free for new clients while others are idle. */
const spareShare = 1 / 32;

/**
 * Closes the connection that has been idle longest when a server has hardly any left of the most that it accepts.
 * So the idle connections of some clients do not lock out others.
 */
export function keepRoom(server: Server, connectionsAtMost: number): void {
  const most = connectionsAtMost - Math.floor(connectionsAtMost * spareShare);
  /** How many bytes each had received when it became idle, in that order. */
  const open = new Map<Socket, number>();
  server.on("connection", (socket: Socket) => {
    if (open.size >= most) idlest(open)?.destroy();
    open.set(socket, 0);
    socket.once("close", () => open.delete(socket));
  });
  const begin = ({ socket }: IncomingMessage, response: ServerResponse): void => {
    response.once("close", () => {
      if (open.delete(socket)) open.set(socket, socket.bytesRead);
    });
  };
  server.on("request", begin).on("checkContinue", begin);
}

/** The connection without a request, or a part of one, for the longest time. */
function idlest(open: ReadonlyMap<Socket, number>): Socket | undefined {
  for (const [socket, bytes] of open) if (socket.bytesRead === bytes && !socket.destroyed) return socket;
  return undefined;
}
