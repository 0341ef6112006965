import { join } from "node:path";
import type { Plugin } from "esbuild";

/** An import that is replaced, the packages in which it is replaced, and the module in this folder that replaces it. */
interface Replacement {
  readonly import: RegExp;
  readonly by: RegExp;
  readonly with: string;
}

/** Parts of dependencies that Plugboard never uses. */
const replacements: readonly Replacement[] = [
  // Fetch, WebSockets, caches and mocks.
  { import: /^undici$/, by: /./, with: "undici-connections.cjs" },
  // HTTP/2: loaded only when a server behind a proxy uses it.
  { import: /\/client-h2\.js$/, by: /\/undici\/lib\//, with: "undici-http2.cjs" },
  // The compiler: our evaluator uses only the parser.
  { import: /^handlebars$/, by: /./, with: "handlebars-parser.cjs" },
  // The generated API classes, and agents: Plugboard takes only addresses and credentials from a kubeconfig.
  { import: /^\.\/gen\/index\.js$/, by: /\/@kubernetes\/client-node\/dist\/config\.js$/, with: "no-agents.ts" },
  { import: /^(socks|socks-proxy-agent|hpagent)$/, by: /\/@kubernetes\/client-node\//, with: "no-agents.ts" },
];

/** Replaces these imports. */
export function leanDependencies(root: string): Plugin {
  const beside = (file: string): string => join(root, "tools/bundle", file);
  return {
    name: "lean-dependencies",
    setup(build) {
      for (const { import: filter, by, with: file } of replacements)
        build.onResolve({ filter }, ({ importer }) => (by.test(importer) ? { path: beside(file) } : undefined));
    },
  };
}
