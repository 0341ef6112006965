import { Unavailable } from "../../errors.ts";

const newline = 0x0a;

/** Cuts a stream into its lines, of at most so many bytes each; what follows the last line end is dropped, as it is not whole.
 * @throws Unavailable when a line is longer */
export async function* readLines(chunks: AsyncIterable<Buffer>, maximumBytes: number): AsyncGenerator<string> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      yield join(pending, chunk.subarray(start, end));
      pending = [];
      pendingBytes = 0;
      start = end + 1;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
    pendingBytes += chunk.length - start;
    if (pendingBytes > maximumBytes) throw new Unavailable(`a watch sent a line longer than ${maximumBytes} bytes`);
  }
}

function join(pending: readonly Buffer[], last: Buffer): string {
  return (pending.length === 0 ? last : Buffer.concat([...pending, last])).toString("utf8");
}
