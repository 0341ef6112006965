/** Work that is begun once, for all who need it; what failed is begun anew for the next. */
export interface Shared<Result> {
  (): Promise<Result>;
  /** Undefined where nobody needed it yet, or it failed. */
  readonly begun: () => Promise<Result> | undefined;
}

/** Shares work: it begins when it is first needed. */
export function shared<Result>(work: () => Promise<Result>): Shared<Result> {
  let begun: Promise<Result> | undefined;
  const get = (): Promise<Result> => {
    if (begun !== undefined) return begun;
    const mine = work();
    begun = mine;
    mine.catch(() => {
      if (begun === mine) begun = undefined;
    });
    return mine;
  };
  return Object.assign(get, { begun: () => begun });
}
