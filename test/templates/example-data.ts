import type { Json } from "../../kit/kube/port.ts";

/** What the examples of docs/manifests/templates.md read. */
export const values: { readonly [key: string]: Json } = {
  plug: { metadata: { name: "shop", namespace: "app" } },
  plugConfig: { zone: "eu-west-1", size: "3", json: '{"k":"v"}', empty: "" },
  list: ["apple", "pear"],
  users: [{ name: "ada" }, { name: "bob" }],
  number: 1.5,
};
