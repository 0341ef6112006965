import { defineOperator, type ObjectOf, type Operator } from "plugboard/operator";
import type {} from "./echo-server.generated.ts";

const echoServer = { apiVersion: "example.com/v1alpha1", kind: "EchoServer" } as const;
type EchoServer = ObjectOf<typeof echoServer>;

/** For each EchoServer: a Pod that answers every request with a text, and a Service in front of it. */
const echoOperator: Operator = defineOperator({
  name: "echo-operator",
  parent: echoServer,
  children: {
    // Most fields of a Pod cannot be changed, so it is made anew.
    pods: { apiVersion: "v1", kind: "Pod", update: "recreate" },
    services: { apiVersion: "v1", kind: "Service" },
  },
  sync({ parent, children }) {
    const { name, namespace } = parent.metadata;
    return {
      children: [pod(parent), service(parent)],
      ...(children.services.exists(name)
        ? { status: { address: `${name}.${namespace}.svc:${parent.spec.port ?? 8080}` } }
        : { status: {} }),
    };
  },
});
export default echoOperator;

function pod({ metadata: { name }, spec }: EchoServer) {
  const args = ["-listen=:8080", `-text=${spec.text ?? "hello"}`];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name: "echo", image: "hashicorp/http-echo:1.0", args }] },
  };
}

function service({ metadata: { name }, spec }: EchoServer) {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: spec.port ?? 8080, targetPort: 8080 }] },
  };
}
