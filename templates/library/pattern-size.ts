/** Tables of characters, and texts without regard to case, become large programs. */
const perClass = 64;
const most = 1e9;

/** The most steps of a regular expression's program, computed before it is compiled. Repetitions multiply. */
export function programSize(pattern: string): number {
  const outer: number[] = [];
  let size = 1;
  let last = 0;
  for (let at = 0; at < pattern.length; ) {
    const character = pattern[at];
    const repeated = character === "{" ? repetitionAt(pattern, at) : undefined;
    if (repeated !== undefined) {
      size = Math.min(most, size + last * (repeated.times - 1) + 1);
      last = Math.min(most, last * repeated.times + 1);
      at = repeated.end;
      continue;
    }
    if (character === "(") {
      outer.push(size);
      [size, last] = [2, 0];
      at += 1;
    } else if (character === ")" && outer.length > 0) {
      last = size;
      size = Math.min(most, size + (outer.pop() ?? 0));
      at += 1;
    } else {
      const atom = atomAt(pattern, at);
      size += atom.size;
      last = "*+?".includes(character ?? "") ? last + atom.size : atom.size;
      at = atom.end;
    }
  }
  return Math.min(most, size + outer.reduce((sum, one) => sum + one, 0));
}

/** `{3}`, `{3,}` or `{3,5}`. */
function repetitionAt(pattern: string, at: number): { readonly times: number; readonly end: number } | undefined {
  const end = pattern.indexOf("}", at);
  const [first = "", second, more] = end < 0 ? [] : pattern.slice(at + 1, Math.min(end, at + 20)).split(",");
  if (!isNumber(first) || more !== undefined) return undefined;
  if (second === undefined || second === "") return { times: Math.max(1, Number(first)) + 1, end: end + 1 };
  return isNumber(second) ? { times: Math.max(1, Number(first), Number(second)), end: end + 1 } : undefined;
}

function isNumber(text: string): boolean {
  return text !== "" && [...text].every((character) => character >= "0" && character <= "9");
}

function atomAt(pattern: string, at: number): { readonly size: number; readonly end: number } {
  if (pattern[at] === "[") return classAt(pattern, at);
  if (pattern[at] !== "\\") return { size: 2, end: at + 1 };
  const named = pattern[at + 1] === "p" || pattern[at + 1] === "P";
  if (!named) return { size: 2, end: at + 2 };
  const end = pattern[at + 2] === "{" ? pattern.indexOf("}", at) + 1 : at + 3;
  return { size: perClass, end: end <= at ? pattern.length : end };
}

function classAt(pattern: string, at: number): { readonly size: number; readonly end: number } {
  let end = at + 1;
  if (pattern[end] === "^") end += 1;
  if (pattern[end] === "]") end += 1;
  while (end < pattern.length && pattern[end] !== "]") end += pattern[end] === "\\" ? 2 : 1;
  const tables = pattern.slice(at, end).split(/\\[pP]|\[:/).length - 1;
  return { size: 2 + Math.ceil((end - at) / 2) + tables * perClass, end: end + 1 };
}
