import { posix } from "node:path";
import { alias, define, type TemplateFunction } from "./function.ts";
import { text } from "./param.ts";

const base = define("base", [text], (_, path) => baseOf(path));
const dir = define("dir", [text], (_, path) => clean(path.slice(0, path.lastIndexOf("/") + 1)));
const cleaned = define("clean", [text], (_, path) => clean(path));
const ext = define("ext", [text], (_, path) => extensionOf(path));
const isAbs = define("isAbs", [text], (_, path) => path.startsWith("/"));

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
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
}

function baseOf(path: string): string {
  if (path === "") return ".";
  const trimmed = path.replace(/(?<!\/)\/+$/, "");
  return trimmed.replace(/^\/+$/, "") === "" ? "/" : trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot < 0 ? "" : name.slice(dot);
}
