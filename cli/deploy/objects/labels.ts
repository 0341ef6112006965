/** By what the Pods of a component are selected, and what everything that belongs to it bears: it never changes. */
export function labelsOf(component: string): { readonly [label: string]: string } {
  return { "app.kubernetes.io/name": "plugboard", "app.kubernetes.io/component": component };
}
