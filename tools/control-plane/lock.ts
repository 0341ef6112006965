import { link, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { Say } from "./programs.ts";

const lookEveryMilliseconds = 200;
const tellEveryLooks = 150;

/**
 * Runs the work while no other process of this machine holds the lock file.
 * Takes over the lock of a process that has died.
 */
export async function whileLocked<T>(path: string, say: Say, work: () => Promise<T>): Promise<T> {
  for (let looks = 0; !(await taken(path)); looks += 1) {
    if (looks % tellEveryLooks === 0) say("another process is getting the same programs, waiting for it");
    await pause(lookEveryMilliseconds);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function taken(path: string): Promise<boolean> {
  const mine = `${path}.${process.pid}`;
  await writeFile(mine, String(process.pid));
  try {
    // A link appears together with its contents, so no process ever reads a lock without a holder.
    await link(mine, path);
    return true;
  } catch {
    if (!(await holderLives(path))) await rm(path, { force: true });
    return false;
  } finally {
    await rm(mine, { force: true });
  }
}

async function holderLives(path: string): Promise<boolean> {
  const holder = Number(await readFile(path, "utf8").catch(() => ""));
  if (!Number.isInteger(holder) || holder <= 0) return false;
  try {
    return process.kill(holder, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
