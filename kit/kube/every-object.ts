import type { Kube, KubeObject, ListQuery } from "./port.ts";

/** All objects of a query, page after page. */
export async function everyObject(kube: Kube, query: ListQuery): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = [];
  let token: string | undefined;
  do {
    const page = await kube.list({ ...query, limit: 500, continue: token });
    found.push(...page.items);
    token = page.continue;
  } while (token !== undefined);
  return found;
}
