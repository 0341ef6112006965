/** Runs something for each item, so many at a time. @throws the first failure */
export async function atOnce<T>(
  items: readonly T[],
  width: number,
  run: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const left = items.entries();
  const one = async (): Promise<void> => {
    for (const [index, item] of left) await run(item, index);
  };
  await Promise.all(Array.from({ length: width }, one));
}

export function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
