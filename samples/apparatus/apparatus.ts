import { createServer, type IncomingMessage, type Server } from "node:http";

/**
 * An apparatus: a small HTTP server through which a socket does what no manifest can. This one gives every plug a mailbox in a mail system that it
 * only pretends to have. It is the whole contract; write yours in any language, and try it with `plugboard apparatus check http://localhost:8080`.
 */
interface Told {
  readonly plug?: { readonly metadata: { readonly uid: string; readonly name: string; readonly namespace: string } };
  readonly plugConfig?: { readonly [property: string]: string };
}

interface Answer {
  readonly status: number;
  readonly body: { readonly [field: string]: unknown };
}

const done: Answer = { status: 200, body: {} };
const longestBody = 1_048_576;

/** Makes the server. It may hear everything twice: what it does depends on whose mailbox it is, not on how often it was told. */
export function createApparatus(mailboxes: Map<string, string> = new Map()): Server {
  const calls: { readonly [path: string]: (told: Told) => Answer } = {
    // What becomes the socket's config. Numbers and objects arrive as JSON text. All of it counts as sensitive.
    "/config": ({ plug }) => ({ status: 200, body: { server: "imap.example.com", port: 993, user: addressOf(plug) } }),
    // The socket's own life: something could be set up here that all plugs share.
    "/created": () => done,
    "/deleted": () => done,
    // The life of one coupling.
    "/coupled": (told) => open(mailboxes, told),
    "/updated": (told) => open(mailboxes, told),
    "/decoupled": ({ plug }) => {
      mailboxes.delete(plug?.metadata.uid ?? "");
      return done;
    },
  };
  return createServer(async (request, response) => {
    const answer = await answerTo(request, calls);
    response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
  });
}

function open(mailboxes: Map<string, string>, { plug, plugConfig = {} }: Told): Answer {
  const quota = Number(plugConfig["quota"] ?? "1");
  // Any 4xx but 408, 425 and 429 is final: Plugboard shows the message to whoever wrote the plug, and waits for an edit.
  if (!(quota <= 10)) return { status: 422, body: { message: "the quota may be at most 10 GiB; ask for less" } };
  mailboxes.set(plug?.metadata.uid ?? "", addressOf(plug));
  return done;
}

function addressOf(plug: Told["plug"]): string {
  return `${plug?.metadata.name}.${plug?.metadata.namespace}@example.com`;
}

async function answerTo(
  request: IncomingMessage,
  calls: { readonly [path: string]: (told: Told) => Answer },
): Promise<Answer> {
  const path = new URL(request.url ?? "/", "http://localhost").pathname;
  // Answer once you can work: Plugboard asks before it calls anything else.
  if (request.method === "GET" && path === "/ping") return done;
  const call = Object.hasOwn(calls, path) ? calls[path] : undefined;
  if (request.method !== "POST" || call === undefined) return { status: 404, body: { message: `there is no ${path}` } };
  try {
    return call(JSON.parse(await bodyOf(request)));
  } catch {
    return { status: 400, body: { message: "the body is no JSON, or too long" } };
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > longestBody) throw new Error("too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

if (import.meta.main) createApparatus().listen(Number(process.env["PORT"] ?? 8080));
