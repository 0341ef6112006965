import vm from "node:vm";
import { TestEnvironment } from "jest-environment-node";

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
}
