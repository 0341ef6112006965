import type { FunctionAnswer } from "../../eventing/http/serving/function-endpoint.ts";
import { cloudEndpoint } from "./cloud-endpoint.ts";

/** Of the context that the runtime of Knative func gives to a function. */
export interface FuncContext {
  readonly method: string;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  /** Read by the runtime: bytes, text, or what JSON said. */
  readonly body: unknown;
}

export interface FuncAnswer {
  readonly statusCode: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | Buffer;
}

const inFlight = new Set<Promise<unknown>>();

/** Answers a CloudEvent through Knative func. FUNCTION_TARGET says which stage this is. */
export async function handle(context: FuncContext): Promise<FuncAnswer> {
  const answering = answer(context);
  inFlight.add(answering);
  try {
    return toFunc(await answering);
  } finally {
    inFlight.delete(answering);
  }
}

/** Fulfilled when everything that is in flight has been answered: the runtime waits for it before it ends. */
export async function shutdown(): Promise<void> {
  await Promise.allSettled(inFlight);
}

async function answer({ method, headers, body }: FuncContext): Promise<FunctionAnswer> {
  const endpoint = await cloudEndpoint(process.env["FUNCTION_TARGET"] ?? "");
  return endpoint({ method, headers, body: bytesOf(body) });
}

function bytesOf(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  if (body === undefined || body === null) return Buffer.alloc(0);
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

function toFunc({ status, headers, body }: FunctionAnswer): FuncAnswer {
  return { statusCode: status, headers, body: typeof body === "string" ? body : Buffer.from(body) };
}
