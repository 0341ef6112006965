import { reads } from "./cost.ts";
import { alias, define, type TemplateFunction } from "./function.ts";
import { text } from "./param.ts";

const base = define("base", [text], reads, (_, path) => baseOf(path));
const dir = define("dir", [text], reads, (_, path) => clean(path.slice(0, path.lastIndexOf("/") + 1)));
const cleaned = define("clean", [text], reads, (_, path) => clean(path));
const ext = define("ext", [text], reads, (_, path) => extensionOf(path));
const isAbs = define("isAbs", [text], reads, (_, path) => path.startsWith("/"));

/** Paths with slashes; the names with `os` are the same here. */
export const paths: readonly TemplateFunction[] = [
  base,
  dir,
  cleaned,
  ext,
  isAbs,
  alias("osBase", base),
  alias("osDir", dir),
  alias("osClean", cleaned),
  alias("osExt", ext),
  alias("osIsAbs", isAbs),
];

function clean(path: string): string {
  const rooted = path.startsWith("/");
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!rooted) kept.push("..");
  }
  return rooted ? `/${kept.join("/")}` : kept.join("/") || ".";
}

function baseOf(path: string): string {
  if (path === "") return ".";
  let end = path.length;
  while (path[end - 1] === "/") end -= 1;
  return end === 0 ? "/" : path.slice(path.lastIndexOf("/", end - 1) + 1, end);
}

function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot < 0 ? "" : name.slice(dot);
}
