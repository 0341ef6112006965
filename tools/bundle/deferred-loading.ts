import { createRequire, isBuiltin } from "node:module";
import type { Plugin } from "esbuild";

const require = createRequire(import.meta.url);

const namespace = "deferred";

/**
 * Evaluates a package at its first use, not when a module imports it.
 * Most templates make no certificate, and most plugs have no pattern.
 * Our modules see the same exports as without this plugin.
 */
export function deferPackages(names: readonly string[]): Plugin {
  return {
    name: "defer-packages",
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path, importer, namespace: from }) =>
        from !== namespace && names.includes(path) && !importer.includes("node_modules") && !importer.endsWith(".cjs")
          ? { path, namespace }
          : undefined,
      );
      build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
        contents: stubOf(path),
        resolveDir: import.meta.dirname,
      }));
    },
  };
}

/** A CommonJS module with the package's exports as getters. */
function stubOf(name: string): string {
  const getters = Object.keys(require(name)).map(
    (key) => `get ${JSON.stringify(key)}() { return require(${JSON.stringify(name)})[${JSON.stringify(key)}]; }`,
  );
  return `module.exports = { ${getters.join(",\n")} };`;
}

/**
 * Loads a module of Node when a module that imports it is evaluated.
 * As imports they would all be at the head of the bundle.
 * Then a process that serves one stage would load http2, worker threads and child processes: 30 MB that it never needs.
 */
export function lazyBuiltins(): Plugin {
  return {
    name: "lazy-builtins",
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path }) =>
        isBuiltin(path) ? { path: path.replace(/^node:/, ""), namespace: "builtin" } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
        contents: `module.exports = process.getBuiltinModule(${JSON.stringify(`node:${path}`)});`,
      }));
    },
  };
}
