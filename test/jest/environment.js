import asyncHooks from "node:async_hooks";
import vm from "node:vm";
import { TestEnvironment } from "jest-environment-node";

// All test files of a process share Node's `domain`.
// Once it has made a domain, as Google's Functions Framework does for each request, it hooks into every promise for good:
// every file that comes after would be slower for it.
const hooks = new Set();
const { createHook } = asyncHooks;
asyncHooks.createHook = (callbacks) => {
  const hook = createHook(callbacks);
  hooks.add(hook);
  return hook;
};

/**
 * Jest's environment for Node, with an ordinary global object. The one Jest makes asks a proxy whenever code names a global, such as
 * `Object` or `Map`: what makes many objects, as a cluster in memory does, takes several times as long in it.
 */
export default class Environment extends TestEnvironment {
  constructor(...given) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...given);
    } finally {
      vm.createContext = createContext;
    }
  }

  async teardown() {
    for (const hook of hooks) hook.disable();
    await super.teardown();
  }
}
