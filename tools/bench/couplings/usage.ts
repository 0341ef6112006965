import { readdir, readFile } from "node:fs/promises";

/** CPU that processes have used since their start, in seconds, and the most memory they held, in megabytes. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

// The kernel reports to programs in hundredths of a second, whatever it counts in.
const ticksPerSecond = 100;

/** What a process with all its threads has used. @throws Error when it has ended */
export async function usageOf(pid: number): Promise<Usage> {
  const { fields } = await statOf(pid);
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    peakMegabytes: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024,
  };
}

/** The process of a program among all that this process and those begun by it have started. @throws Error when there is none */
export async function descendant(program: string): Promise<number> {
  const parents = new Map<number, number>();
  const named: number[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await statOf(Number(entry)).catch(() => undefined);
    if (stat === undefined) continue;
    parents.set(Number(entry), Number(stat.fields[1]));
    if (stat.program === program) named.push(Number(entry));
  }
  const ours = named.find((pid) => descends(pid, parents));
  if (ours === undefined) throw new Error(`no process ${program} was started`);
  return ours;
}

function descends(pid: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at: number | undefined = pid; at !== undefined; at = parents.get(at)) if (at === process.pid) return true;
  return false;
}

/** The name of its program, and what follows it in /proc/PID/stat. */
async function statOf(pid: number): Promise<{ readonly program: string; readonly fields: readonly string[] }> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const [begin, end] = [stat.indexOf("("), stat.lastIndexOf(")")];
  return { program: stat.slice(begin + 1, end), fields: stat.slice(end + 2).split(" ") };
}
