/** Work that follows a change a moment later, as controllers do it: each item once, however often it is asked for meanwhile. */
export function inBackground<T>(work: (item: T) => void): (item: T) => void {
  const waiting = new Set<T>();
  const drain = (): void => {
    for (const item of waiting) {
      waiting.delete(item);
      work(item);
    }
  };
  return (item) => {
    if (waiting.size === 0) queueMicrotask(drain);
    waiting.add(item);
  };
}
