import { join } from "node:path";
import type { Plugin } from "esbuild";

/** What an import is replaced by, and who has to import it for that. */
interface Replacement {
  readonly import: RegExp;
  readonly by: RegExp;
  /** A module beside this one; absent: one without exports. */
  readonly with?: string;
}

/** What dependencies would bring along though nothing here can come to use it. */
const replacements: readonly Replacement[] = [
  // Fetch, WebSockets, caches and mocks.
  { import: /^undici$/, by: /./, with: "undici-connections.cjs" },
  // HTTP/2 with Node's own, until a server behind a proxy wants to speak it.
  { import: /\/client-h2\.js$/, by: /\/undici\/lib\//, with: "undici-http2.cjs" },
  // The compiler: our own interpreter walks what the parser reads.
  { import: /^handlebars$/, by: /./, with: "handlebars-parser.cjs" },
  // The generated API classes, and agents: of a kubeconfig we take addresses and credentials, connections are ours.
  { import: /^\.\/gen\/index\.js$/, by: /\/@kubernetes\/client-node\/dist\/config\.js$/, with: "no-agents.ts" },
  { import: /^(socks|socks-proxy-agent|hpagent)$/, by: /\/@kubernetes\/client-node\//, with: "no-agents.ts" },
  // Tables of character sets: JSON is UTF-8.
  { import: /^\.\/(tables\/.*\.json|sbcs-data-generated)$/, by: /\/iconv-lite\/encodings\// },
];

/** Leaves them out. */
export function leanDependencies(root: string): Plugin {
  const beside = (file: string): string => join(root, "tools/bundle", file);
  return {
    name: "lean-dependencies",
    setup(build) {
      for (const { import: filter, by, with: file = "nothing.cjs" } of replacements)
        build.onResolve({ filter }, ({ importer }) => (by.test(importer) ? { path: beside(file) } : undefined));
    },
  };
}
