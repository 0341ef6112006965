import { bytesOf, textOf } from "../../kit/encoding/bytes.ts";
import type { Call } from "../evaluate/rendering.ts";
import { show } from "../printing/format.ts";
import { Fault } from "../problems.ts";
import { type Dict, dictOf } from "../values/value.ts";
import { reads, walks } from "./cost.ts";
import { type Cost, define, type TemplateFunction } from "./function.ts";
import { dict, text } from "./param.ts";

/** URLs: into their parts and back. */
export const urls: readonly TemplateFunction[] = [
  define("urlParse", [text], byteForByte, (_, value) => dictOf(Object.entries(parseUrl(value)))),
  define("urlJoin", [dict], walksTwice, (call, parts) => joinUrl(parts, call)),
];

/** Each byte is read a few times. */
function byteForByte(given: readonly [string]): Cost {
  return { units: 4 * reads(given).units, makes: 3 * given[0].length };
}

function walksTwice(given: readonly [Dict], call: Call): Cost {
  return { units: 4 * walks(given, call).units };
}

interface Url {
  readonly scheme: string;
  readonly host: string;
  readonly hostname: string;
  readonly path: string;
  readonly query: string;
  readonly opaque: string;
  readonly fragment: string;
  readonly userinfo: string;
}

function refuse(value: string, reason: string): Fault {
  return new Fault(`unable to parse url ${JSON.stringify(value)}: ${reason}`);
}

/** Parses a URL as Go's url.Parse does. @throws Fault */
function parseUrl(value: string): Url {
  if (/[\p{Cc}]/u.test(value)) throw refuse(value, "invalid control character in URL");
  const [, beforeFragment = "", fragment = ""] = /^([^#]*)(?:#([\s\S]*))?$/.exec(value) ?? [];
  const [, scheme = "", afterScheme = ""] = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?([\s\S]*)$/.exec(beforeFragment) ?? [];
  if (scheme === "" && beforeFragment.startsWith(":")) throw refuse(value, "missing protocol scheme");
  const [, rest = "", query = ""] = /^([^?]*)(?:\?([\s\S]*))?$/.exec(afterScheme) ?? [];
  const known = { scheme: scheme.toLowerCase(), query, fragment: decoded(fragment, value) };
  const nothing = { host: "", hostname: "", path: "", opaque: "", userinfo: "" };
  if (scheme !== "" && !rest.startsWith("/")) return { ...known, ...nothing, opaque: rest };
  if (!rest.startsWith("//") || rest.startsWith("///"))
    return { ...known, ...nothing, path: pathOf(rest, scheme, value) };
  const [, authority = "", path = ""] = /^\/\/([^/]*)([\s\S]*)$/.exec(rest) ?? [];
  return { ...known, opaque: "", ...authorityOf(authority, value), path: decoded(path, value) };
}

function pathOf(rest: string, scheme: string, value: string): string {
  const first = rest.split("/", 1)[0] ?? "";
  if (scheme === "" && first.includes(":")) throw refuse(value, "first path segment in URL cannot contain colon");
  return decoded(rest.startsWith("///") ? rest.slice(2) : rest, value);
}

function authorityOf(authority: string, value: string): Pick<Url, "host" | "hostname" | "userinfo"> {
  const at = authority.lastIndexOf("@");
  const userinfo = at < 0 ? "" : userOf(authority.slice(0, at), value);
  const host = hostOf(authority.slice(at + 1), value);
  const [, bracketed, named = ""] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
  return { host, hostname: bracketed ?? named, userinfo };
}

function hostOf(written: string, value: string): string {
  const [found, , port] = /^(\[[^\]]*\]|[^:[\]]*)(?::([\s\S]*))?$/.exec(written) ?? [];
  if (found === undefined) throw refuse(value, "invalid port or address in the host");
  if (port !== undefined && !/^\d*$/.test(port)) throw refuse(value, "invalid port after host");
  if (/[ <>"\\^`{|}]/.test(written)) throw refuse(value, "invalid character in host name");
  if (/%[0-7]/.test(written) && !written.startsWith("[")) throw refuse(value, "invalid URL escape in the host");
  return written.startsWith("[") ? written : decoded(written, value);
}

function userOf(written: string, value: string): string {
  if (/[^A-Za-z0-9\-._:~!$&'()*+,;=%@]/.test(written)) throw refuse(value, "invalid userinfo");
  const [name = "", ...password] = written.split(":");
  const encodedName = escapePart(decoded(name, value), userSafe);
  return password.length === 0
    ? encodedName
    : `${encodedName}:${escapePart(decoded(password.join(":"), value), userSafe)}`;
}

const userSafe = /[A-Za-z0-9\-_.~$&+,;=]/;
const pathSafe = /[A-Za-z0-9\-_.~$&+,/:;=@]/;
const fragmentSafe = /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/;
const hostSafe = /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/;

function decoded(written: string, value: string): string {
  if (!written.includes("%")) return written;
  if (/%(?![0-9A-Fa-f]{2})/.test(written)) throw refuse(value, "invalid URL escape");
  const bytes = written
    .split(/(%[0-9A-Fa-f]{2})/)
    .map((piece) => (piece.startsWith("%") ? Buffer.from(piece.slice(1), "hex") : bytesOf(piece)));
  return textOf(Buffer.concat(bytes));
}

function escapePart(written: string, safe: RegExp): string {
  let escaped = "";
  for (const byte of bytesOf(written)) {
    const character = String.fromCharCode(byte);
    escaped += byte < 0x80 && safe.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return escaped;
}

/** The URL as Go's URL.String writes it. */
function joinUrl(parts: Dict, call: Call): string {
  const part = (name: string) => partOf(parts, name, call);
  const [scheme, host, path, query] = [part("scheme"), part("host"), part("path"), part("query")];
  const [opaque, fragment, userinfo] = [part("opaque"), part("fragment"), part("userinfo")];
  const user = userinfo === "" ? "" : `${userOf(userinfo, userinfo)}@`;
  const start = scheme === "" ? "" : `${scheme}:`;
  const end = (query === "" ? "" : `?${query}`) + (fragment === "" ? "" : `#${escapePart(fragment, fragmentSafe)}`);
  if (opaque !== "") return start + opaque + end;
  const named = host !== "" || user !== "";
  const authority = named || (scheme !== "" && path !== "") ? `//${user}${escapePart(host, hostSafe)}` : "";
  return start + authority + escapedPath(path, { scheme, host }) + end;
}

function escapedPath(path: string, { scheme, host }: { readonly scheme: string; readonly host: string }): string {
  const escaped = escapePart(path, pathSafe);
  if (host !== "" && escaped !== "" && !escaped.startsWith("/")) return `/${escaped}`;
  const first = escaped.split("/", 1)[0] ?? "";
  return scheme === "" && host === "" && first.includes(":") ? `./${escaped}` : escaped;
}

function partOf(parts: Dict, name: string, call: Call): string {
  const value = parts.get(name);
  if (value === undefined) return "";
  const plain = call.open(value);
  if (typeof plain !== "string")
    throw new Fault(`unable to parse ${name} key, must be of type string, but ${show(plain, call)} found`);
  return plain;
}
