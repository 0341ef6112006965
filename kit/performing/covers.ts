/** Whether all wanted values are present. */
export function covers(there: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(there) &&
      wanted.length === there.length &&
      wanted.every((item, index) => covers(there[index], item))
    );
  if (wanted === null) return there === undefined || there === null;
  if (typeof wanted !== "object") return there === wanted;
  if (typeof there !== "object" || there === null) return false;
  const found = new Map(Object.entries(there));
  return Object.entries(wanted).every(([key, value]) => covers(found.get(key), value));
}
