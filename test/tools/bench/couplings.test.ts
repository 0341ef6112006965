import { expect, test } from "@jest/globals";
import { figuresOf, quantile, type Round } from "../../../tools/bench/couplings/figures.ts";
import { requestCounts, requestsBetween, total } from "../../../tools/bench/couplings/request-counts.ts";
import { descendant, usageOf } from "../../../tools/bench/couplings/usage.ts";

const metrics = (statuses: number): string => `# TYPE apiserver_request_total counter
apiserver_request_total{code="200",group="integration.rock8s.com",resource="plugs",scope="resource",subresource="status",verb="PUT"} ${statuses}
apiserver_request_total{code="409",group="integration.rock8s.com",resource="plugs",scope="resource",subresource="status",verb="PUT"} 1
apiserver_request_total{code="200",group="",resource="secrets",scope="resource",subresource="",verb="APPLY"} 7
apiserver_request_total{code="0",group="integration.rock8s.com",resource="plugs",scope="cluster",subresource="",verb="WATCH"} 3
apiserver_request_total{code="200",group="coordination.k8s.io",resource="leases",scope="resource",subresource="",verb="PUT"} 9
`;

test("requests are counted by verb and resource, refused ones too; watches and leases are not", () => {
  expect(requestCounts(metrics(4))).toEqual(
    new Map([
      ["PUT plugs/status", 5],
      ["APPLY secrets", 7],
    ]),
  );
});

test("what was asked between two looks has only what was asked", () => {
  const between = requestsBetween(requestCounts(metrics(4)), requestCounts(metrics(10)));
  expect(between).toEqual(new Map([["PUT plugs/status", 6]]));
  expect(total(between)).toBe(6);
});

test("several rounds are added before anything is divided", () => {
  const round = (plugs: number, seconds: number): Round => {
    const phase = {
      seconds,
      cpuSeconds: 1,
      apiServerCpuSeconds: 2,
      etcdCpuSeconds: 0,
      requests: new Map([["a", 9 * plugs]]),
    };
    return {
      plugs,
      coupling: phase,
      end: phase,
      milliseconds: [seconds],
      aloneMilliseconds: [1],
      peakMegabytes: seconds,
    };
  };
  expect(figuresOf("one", [round(10, 1), round(90, 4)])).toMatchObject({
    plugs: 100,
    couplingsPerSecond: 20,
    requestsPerCoupling: 9,
    cpuSecondsPerThousandCouplings: 20,
    apiServerCpuSecondsPerThousandCouplings: 40,
    p99Milliseconds: 4,
    peakMegabytes: 4,
  });
});

test.each([
  [0.5, 50],
  [0.99, 99],
  [1, 100],
])("the quantile %d of 1 to 100 is %d", (part, expected) => {
  const numbers = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(quantile(numbers, part)).toBe(expected);
});

test("a process has used CPU and memory, and a program that was not started is not found", async () => {
  const usage = await usageOf(process.pid);
  expect(usage.cpuSeconds).toBeGreaterThan(0);
  expect(usage.peakMegabytes).toBeGreaterThan(10);
  await expect(descendant("no-such-program")).rejects.toThrow("no process no-such-program was started");
});
