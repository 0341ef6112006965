// The samples' own tests, in memory.
await import("../../samples/operators/echo-server/echo-server.test.ts");
await import("../../samples/operators/temp-namespace/temp-namespace.test.ts");
await import("../../samples/operators/memcached/memcached.test.ts");

export {};
