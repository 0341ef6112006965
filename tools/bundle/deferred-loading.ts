import { createRequire, isBuiltin } from "node:module";
import type { Plugin } from "esbuild";

const require = createRequire(import.meta.url);

const namespace = "deferred";

/**
 * Evaluates a package when something of it is first used, not when a module that might use it is: most templates make
 * no certificate, and most plugs have no pattern.
 * Our own modules see what they would see without this.
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
 * Loads Node's own modules when what imports them is evaluated.
 * Left as imports they would stand at the head of the bundle, and a process that serves one stage would load http2,
 * worker threads and child processes that it never needs: 30 MB.
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
