import {
  type ApparatusAccess,
  type CallTarget,
  callApparatus,
  parseConfigAnswer,
} from "../../functions/apparatus/call-apparatus.ts";
import { networkAccess } from "../../functions/apparatus/use-apparatus.ts";
import { type Clock, systemClock } from "../../kit/clock.ts";
import { writeJson } from "../../kit/encoding/exact-json.ts";
import { OperatorError } from "../../kit/errors.ts";
import type { Json } from "../../kit/kube/port.ts";
import { nothingToBlank } from "../../kit/outlet/blanker.ts";
import { tell } from "../../kit/outlet/outlet.ts";
import { UsageError } from "../report-failure.ts";

export interface ApparatusCheckOptions {
  readonly url: string;
  /** Whose apparatus it is. */
  readonly side: "plug" | "socket";
  readonly print: (line: string) => void;
  readonly access?: ApparatusAccess | undefined;
  readonly clock?: Clock | undefined;
}

/** One rule of the contract. */
interface Check {
  readonly promise: string;
  /** @throws OperatorError saying how it is broken */
  readonly run: (call: Caller) => Promise<void>;
}

type Caller = (path: string, body?: { readonly [field: string]: Json }, key?: string) => Promise<string>;

const metadata = { generation: 1, labels: {}, annotations: {}, namespace: "plugboard-check" };
const kind = { apiVersion: "integration.rock8s.com/v1beta1" };
const plug = {
  ...kind,
  kind: "Plug",
  metadata: { ...metadata, name: "plug", uid: "00000000-0000-4000-8000-000000000001" },
  spec: {},
};
const socket = {
  ...kind,
  kind: "Socket",
  metadata: { ...metadata, name: "socket", uid: "00000000-0000-4000-8000-000000000002" },
  spec: {},
};

/**
 * `plugboard apparatus check`: calls an apparatus as in the life of a coupling, and prints which rules it keeps.
 * The exit code: 1 if it breaks one.
 * @throws UsageError
 */
export async function checkApparatus(options: ApparatusCheckOptions): Promise<number> {
  const { url, side, print, clock = systemClock, access = networkAccess() } = options;
  const target = targetOf(url);
  const anywhere = { allowsHost: () => true, allowsAddress: () => true };
  const tools = {
    clock,
    access: { ...access, allowed: anywhere },
    random: () => crypto.randomUUID().replaceAll("-", "").repeat(2),
    blanked: nothingToBlank,
  };
  const call: Caller = (path, body, idempotencyKey) =>
    callApparatus(
      target,
      body === undefined ? { method: "GET", path } : { method: "POST", path, body: writeJson(body), idempotencyKey },
      tools,
    );
  let broken = 0;
  for (const { promise, run } of checksFor(side)) {
    const why = await failureOf(() => run(call));
    if (why !== undefined) broken += 1;
    print(why === undefined ? `kept    ${promise}` : `broken  ${promise}\n        ${why}`);
  }
  print(
    broken === 0
      ? "\nThe apparatus keeps the contract."
      : `\nThe apparatus breaks ${broken} of ${checksFor(side).length} rules.`,
  );
  return broken === 0 ? 0 : 1;
}

function targetOf(text: string): CallTarget {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol))
    throw new UsageError(`${text}: expected a URL, such as http://localhost:8080`);
  const tls = url.protocol === "https:";
  const port = url.port === "" ? (tls ? 443 : 80) : Number(url.port);
  return {
    kind: "allowed",
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    tls,
    path: url.pathname.replace(/\/$/, ""),
  };
}

function checksFor(side: "plug" | "socket"): readonly Check[] {
  const coupling = { version: "1", plug, socket, plugConfig: {}, socketConfig: {} };
  const own = { version: "1", ...(side === "plug" ? { plug } : { socket }) };
  const key = (event: string) => `${plug.metadata.uid}.${socket.metadata.uid}.1.${side}.${event}`;
  const ownKey = (event: string) => `${(side === "plug" ? plug : socket).metadata.uid}.${event}`;
  const twice = (event: string, body: { readonly [field: string]: Json }, idempotencyKey: string): Check => ({
    promise: `POST /${event} answers 2xx, also when it is repeated`,
    run: async (call) => {
      await call(`/${event}`, body, idempotencyKey);
      await call(`/${event}`, body, idempotencyKey);
    },
  });
  return [
    { promise: "GET /ping answers 2xx", run: async (call) => void (await call("/ping")) },
    twice("created", own, ownKey("created")),
    {
      promise: "POST /config answers 2xx with a JSON object",
      run: async (call) => {
        const body = { version: "1", plug, socket, plugData: {}, socketData: {}, vars: {} };
        parseConfigAnswer(await call("/config", body), "it");
      },
    },
    twice("coupled", coupling, key("coupled")),
    twice("updated", coupling, key("updated")),
    twice("decoupled", coupling, key("decoupled")),
    twice("deleted", own, ownKey("deleted")),
    {
      promise: "an unknown call is refused with 4xx",
      run: async (call) => {
        const why = await failureOf(() => call("/no-such-call", { version: "1" }));
        if (why === undefined || !/\(4\d\d\)/.test(why))
          throw new BrokenPromise(`POST /no-such-call: expected a 4xx, found ${why ?? "2xx"}`);
      },
    },
  ];
}

class BrokenPromise extends OperatorError {
  override readonly name = "InvalidInput";
  readonly retryable = false;
}

async function failureOf(run: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    if (error instanceof OperatorError) return tell(error);
    throw error;
  }
}
