/** Asks over a connection of its own: the server may close one that was kept just when it is used again, most of all on a busy machine. */
export function fetchOnce(url: string): Promise<Response> {
  return fetch(url, { headers: { connection: "close" } });
}
