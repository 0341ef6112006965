import { isBuiltin } from "node:module";
import type { Plugin } from "esbuild";

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
