// The samples' own tests, on a real API server.
import { sharedApiServer } from "../api-server/api-server.ts";

process.env["TEST_KUBECONFIG"] = sharedApiServer().kubeconfigPath;
await import("../../samples/operators/echo-server/echo-server.test.ts");
await import("../../samples/operators/temp-namespace/temp-namespace.test.ts");
await import("../../samples/operators/memcached/memcached.test.ts");
