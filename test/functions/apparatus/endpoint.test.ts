import { describe, expect, test } from "@jest/globals";
import { checkAddress, parseEndpoint } from "../../../functions/apparatus/endpoint.ts";
import { InvalidInput } from "../../../kit/errors.ts";
import { parseAllowedHosts } from "../../../kit/http/allowed-hosts.ts";
import { reachOf } from "../../../kit/http/ip-address.ts";

const nobody = parseAllowedHosts([]);
const some = parseAllowedHosts(["auth.example.com", "billing.example.com:8443", "198.51.100.7", "10.20.0.0/16"]);
const parse = (endpoint: string, allowed = some) => parseEndpoint(endpoint, { namespace: "app", allowed });

describe("an endpoint", () => {
  test.each([
    ["/", { kind: "own", path: "" }],
    ["/socket", { kind: "own", path: "/socket" }],
    ["/a/b-c_d/", { kind: "own", path: "/a/b-c_d" }],
    ["http://hooks", { kind: "service", name: "hooks", namespace: "app", port: 80, tls: false, path: "" }],
    ["http://hooks:8080/v1", { kind: "service", name: "hooks", port: 8080, path: "/v1" }],
    ["https://hooks.app", { kind: "service", name: "hooks", namespace: "app", port: 443, tls: true }],
    ["http://hooks.app.svc", { kind: "service", name: "hooks" }],
    ["http://hooks.app.svc.cluster.local/x", { kind: "service", name: "hooks", path: "/x" }],
    ["https://auth.example.com/hooks", { kind: "allowed", host: "auth.example.com", port: 443, path: "/hooks" }],
    ["https://billing.example.com:8443", { kind: "allowed", host: "billing.example.com", port: 8443 }],
    ["http://198.51.100.7", { kind: "allowed", host: "198.51.100.7" }],
    ["http://10.20.3.4", { kind: "allowed", host: "10.20.3.4" }],
  ])("%s is understood", (endpoint, expected) => {
    expect(parse(endpoint)).toMatchObject(expected);
  });
});

const attempts: readonly (readonly [string, string])[] = [
  ["this machine", "http://127.0.0.1/"],
  ["this machine by name", "http://localhost/"],
  ["this machine by its short form", "http://127.1/"],
  ["this machine as one decimal number", "http://2130706433/"],
  ["this machine in octal", "http://0177.0.0.1/"],
  ["this machine as one octal number", "http://017700000001/"],
  ["this machine in hexadecimal", "http://0x7f.0.0.1/"],
  ["this machine as one hexadecimal number", "http://0x7f000001/"],
  ["this machine in mixed notation", "http://0x7f.1/"],
  ["another address of this machine", "http://127.8.8.8/"],
  ["the unspecified address", "http://0.0.0.0/"],
  ["the unspecified address as a number", "http://0/"],
  ["IPv6 this machine", "http://[::1]/"],
  ["IPv6 this machine in full", "http://[0:0:0:0:0:0:0:1]/"],
  ["IPv6 unspecified", "http://[::]/"],
  ["mapped this machine", "http://[::ffff:127.0.0.1]/"],
  ["mapped this machine in hexadecimal", "http://[::ffff:7f00:1]/"],
  ["compatible this machine", "http://[::127.0.0.1]/"],
  ["6to4 this machine", "http://[2002:7f00:1::]/"],
  ["NAT64 this machine", "http://[64:ff9b::7f00:1]/"],
  ["NAT64 metadata", "http://[64:ff9b::169.254.169.254]/"],
  ["metadata", "http://169.254.169.254/latest/meta-data"],
  ["metadata as a number", "http://2852039166/"],
  ["metadata in hexadecimal", "http://0xa9fea9fe/"],
  ["metadata in octal", "http://0251.0376.0251.0376/"],
  ["metadata mapped", "http://[::ffff:169.254.169.254]/"],
  ["metadata mapped in hexadecimal", "http://[::ffff:a9fe:a9fe]/"],
  ["metadata by name", "http://metadata.google.internal/"],
  ["Alibaba's metadata", "http://100.100.100.200/"],
  ["Azure's wire server", "http://168.63.129.16/"],
  ["AWS' metadata over IPv6", "http://[fd00:ec2::254]/"],
  ["a link-local address", "http://169.254.1.1/"],
  ["an IPv6 link-local address", "http://[fe80::1]/"],
  ["an IPv6 link-local address with its zone", "http://[fe80::1%25eth0]/"],
  ["a private address", "http://10.0.0.1/"],
  ["a private address as a number", "http://167772161/"],
  ["a private address of the second range", "http://172.16.0.1/"],
  ["a private address of the third range", "http://192.168.1.1/"],
  ["the carriers' range", "http://100.64.0.1/"],
  ["a unique local address", "http://[fd12:3456::1]/"],
  ["mapped private", "http://[::ffff:10.0.0.1]/"],
  ["6to4 private", "http://[2002:a00:1::1]/"],
  ["a public address", "http://93.184.216.34/"],
  ["a public host", "https://example.com/"],
  ["an allowed host's other port", "https://auth.example.com:22/"],
  ["an allowed port's other one", "https://billing.example.com/"],
  ["a host below an allowed one", "https://evil.auth.example.com/"],
  ["a host that begins like an allowed one", "https://auth.example.com.evil.com/"],
  ["an allowed host with a dot behind", "https://auth.example.com./"],
  ["an allowed host as user", "https://auth.example.com@169.254.169.254/"],
  ["a user and password", "https://user:password@auth.example.com/"],
  ["an allowed host behind a backslash", "https://169.254.169.254\\@auth.example.com/"],
  ["an allowed host in the fragment", "https://169.254.169.254#@auth.example.com/"],
  ["an allowed host in the query", "https://169.254.169.254?@auth.example.com/"],
  ["an address in full-width digits", "http://１２７.０.０.１/"],
  ["an ideographic full stop", "http://127。0。0。1/"],
  ["a percent-encoded host", "http://%31%32%37.0.0.1/"],
  ["a tab within", "http://auth.exa\tmple.com/"],
  ["a line break within", "http://auth.example.com/\r\nHost: x"],
  ["another namespace's Service", "http://hooks.db/"],
  ["another namespace's Service in full", "http://hooks.db.svc.cluster.local/"],
  ["the API server", "https://kubernetes.default.svc/"],
  ["another scheme", "ftp://hooks/"],
  ["a file", "file:///etc/passwd"],
  ["a socket", "unix:///var/run/docker.sock"],
  ["no scheme, another host", "//169.254.169.254/"],
  ["a path that climbs", "/../../secret"],
  ["a path that climbs in disguise", "/%2e%2e/secret"],
  ["a path with a query", "/socket?x=1"],
  ["a path with a backslash", "/\\169.254.169.254/"],
  ["a path with a line break", "/socket\r\nHost: x"],
  ["an absurd port", "http://hooks:99999/"],
];

describe("what the operator must not call is refused:", () => {
  test.each(attempts)("%s (%j)", (_, endpoint) => {
    expect(() => parse(endpoint)).toThrow(InvalidInput);
  });

  test("and is refused by name and address alike where nothing is allowed", () => {
    for (const [, endpoint] of attempts) expect(() => parse(endpoint, nobody)).toThrow(InvalidInput);
    expect(attempts.length).toBeGreaterThanOrEqual(60);
  });
});

describe("an address that a name leads to", () => {
  const check = (kind: "own" | "service" | "allowed", address: string) => () =>
    checkAddress({ kind }, "x", address, some);

  test.each(["10.96.0.12", "fd00:10:96::c", "100.64.1.1", "8.8.8.8"])("%s is fine for a Service", (address) => {
    expect(check("service", address)).not.toThrow();
  });

  test.each([
    "127.0.0.1",
    "169.254.169.254",
    "0.0.0.0",
    "::1",
    "::",
    "fe80::1",
    "::ffff:127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "fd00:ec2::254",
    "168.63.129.16",
    "224.0.0.1",
    "255.255.255.255",
    "ff02::1",
    "2001::1",
    "fe80::1%eth0",
    "not an address",
  ])("%s is not, not even for a Service", (address) => {
    expect(check("service", address)).toThrow(InvalidInput);
    expect(check("own", address)).toThrow(InvalidInput);
    expect(check("allowed", address)).toThrow(InvalidInput);
  });

  test.each(["10.0.0.1", "192.168.0.1", "fd12::1", "::ffff:10.0.0.1", "64:ff9b::c0a8:1"])(
    "%s is not for an allowed name that leads there, unless it is allowed itself",
    (address) => {
      expect(check("allowed", address)).toThrow(InvalidInput);
    },
  );

  test("is fine where its network is allowed", () => {
    expect(check("allowed", "10.20.255.1")).not.toThrow();
  });

  test("is refused although a network that holds it is allowed, where nobody is to be sent", () => {
    const everything = parseAllowedHosts(["0.0.0.0/0", "::/0"]);
    for (const address of ["127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"])
      expect(() => checkAddress({ kind: "allowed" }, "x", address, everything)).toThrow(InvalidInput);
    expect(() => parseEndpoint("http://127.0.0.1/", { namespace: "app", allowed: everything })).toThrow(InvalidInput);
  });

  test("is fine where it is allowed by itself", () => {
    const exact = parseAllowedHosts(["127.0.0.1:9000", "::1"]);
    expect(() => checkAddress({ kind: "allowed" }, "x", "127.0.0.1", exact)).not.toThrow();
    expect(() => checkAddress({ kind: "allowed" }, "x", "::1", exact)).not.toThrow();
    expect(() => checkAddress({ kind: "allowed" }, "x", "127.0.0.2", exact)).toThrow(InvalidInput);
  });

  test.each(["", "http://x", "a b", "x:0", "x:70000", "10.0.0.0/33", "*"])("%j is no entry of the list", (entry) => {
    expect(() => parseAllowedHosts([entry])).toThrow(InvalidInput);
  });

  test("of the public reaches anybody", () => {
    for (const address of ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "2002:808:808::1"])
      expect([address, reachOf(address)]).toEqual([address, "public"]);
  });
});
