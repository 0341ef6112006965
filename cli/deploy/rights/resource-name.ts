/** `plugs/status.integration.rock8s.com` in its two parts; the core group has no name. */
export function splitResource(name: string): { readonly resource: string; readonly apiGroup: string } {
  const dot = name.indexOf(".");
  return dot < 0 ? { resource: name, apiGroup: "" } : { resource: name.slice(0, dot), apiGroup: name.slice(dot + 1) };
}
