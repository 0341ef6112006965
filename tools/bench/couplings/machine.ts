import { cpus, loadavg, release, totalmem } from "node:os";

/** Where something was measured. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryMegabytes: number;
  readonly kernel: string;
  readonly node: string;
}

export function machineHere(): Machine {
  return {
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryMegabytes: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    node: process.version,
  };
}

/** How many processes ran or waited for a processor, on average over the last minute. */
export function loadNow(): number {
  return loadavg()[0] ?? 0;
}
