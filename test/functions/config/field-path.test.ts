import { describe, expect, test } from "@jest/globals";
import { newFieldWork, readField } from "../../../functions/config/field-path.ts";
import { InvalidInput } from "../../../kit/errors.ts";

const service = {
  metadata: { name: "db", annotations: { "example.com/tier": "gold", "a*b": "star", "x[0]": "bracket" } },
  spec: {
    clusterIP: null,
    empty: "",
    ratio: 0.5,
    ports: [{ name: "pg", port: 5432, open: true }, { name: "metrics", port: 9187, open: false }, { port: 80 }],
    nested: [[1, 2], [3]],
    pods: [
      { name: "a", nets: ["blue", "red"] },
      { name: "b", nets: ["green"] },
    ],
    tags: ["x", "y"],
  },
};

describe("readField", () => {
  test("goes on with wildcards only as long as that takes little, wherever they are", () => {
    const long = { args: ["a".repeat(100_000)], ["a".repeat(100_000)]: {} };
    const slow = `*${"a".repeat(400)}b`;
    for (const path of [slow, `args.#(%"${slow}")`, `args.#(!%"${slow}")#`])
      expect(() => readField(long, path)).toThrow(InvalidInput);
    expect(readField(long, 'args.#(%"*a")')).toBe(long.args[0]);
  });

  test.each([
    ["metadata.name", "db"],
    ["metadata.annotations.example\\.com/tier", "gold"],
    ["metadata.annotations.a\\*b", "star"],
    ["metadata.annotations.x\\[0]", "bracket"],
    ["spec.empty", ""],
    ["spec.clusterIP", ""],
    ["spec.ratio", "0.5"],
    ["spec.ports.0.open", "true"],
    ["spec.ports.1.port", "9187"],
    ["spec.ports[1].port", "9187"],
    ["spec.nested[0][1]", "2"],
    ["spec.ports.0", '{"name":"pg","port":5432,"open":true}'],
    ["spec.tags", '["x","y"]'],
    ["spec.ports.#", "3"],
    ["spec.ports.#.name", '["pg","metrics"]'],
    ["spec.ports.#.absent", "[]"],
    ["spec.nested.#.#", "[2,1]"],
    ["spec.nested.#.0", "[1,3]"],
    ['spec.ports.#(name=="pg").port', "5432"],
    ["spec.ports.#(name==pg).port", "5432"],
    ['spec.ports.#(name!="pg").port', "9187"],
    ["spec.ports.#(port>=80)#.port", "[5432,9187,80]"],
    ["spec.ports.#(port<5432).port", "80"],
    ["spec.ports.#(open==true).name", "pg"],
    ["spec.ports.#(open!=true).name", "metrics"],
    ["spec.ports.#(name)#.name", '["pg","metrics"]'],
    ['spec.ports.#(name%"m*").port', "9187"],
    ['spec.ports.#(name!%"m*").port', "5432"],
    ['spec.pods.#(nets.#(=="red")).name', "a"],
    ['spec.tags.#(=="y")', "y"],
    ['spec.ports.#(name=="none")#', "[]"],
    ["spec.ports.#.name|0", "pg"],
    ["spec.ports.#(port>80)#|#", "2"],
    ["spec.po*s.#", "3"],
    ["sp?c.ratio", "0.5"],
    ["*.ratio", "0.5"],
  ])("reads %s", (path, text) => {
    expect(readField(service, path)).toBe(text);
  });

  test.each([undefined, ""])("reads metadata.name where no path is given (%p)", (path) => {
    expect(readField(service, path)).toBe("db");
  });

  test.each([
    "spec.none",
    "spec.ports.3",
    "spec.ports.-1",
    "spec.ports.name",
    "spec.ratio.x",
    'spec.ports.#(name=="none").port',
    "metadata.#",
    "spec.ports.#(name).none",
  ])("finds nothing at %s", (path) => {
    expect(readField(service, path)).toBeUndefined();
  });

  test.each([
    "__proto__",
    "constructor",
    "metadata.toString",
    "spec.ports.length",
    "spec.tags.__proto__",
    "metadata.name.length",
  ])("never reaches what an object inherits (%s)", (path) => {
    expect(readField(service, path)).toBeUndefined();
  });

  test.each([
    ["spec.ports.#(name", "a query that is not closed"],
    ['spec.ports.#(name=="pg).port', "a query that is not closed"],
    ["spec.ports.#(name!pg)", "an unknown operator"],
    ["a".repeat(1025), "more than 1024 characters"],
  ])("refuses the path %s and says why", (path, why) => {
    expect(() => readField(service, path)).toThrow(InvalidInput);
    expect(() => readField(service, path)).toThrow(why);
  });

  test("reads the deepest path there can be without running out of stack", () => {
    const path = Array.from({ length: 512 }, () => "a").join(".");
    const deep = path.split(".").reduce<unknown>((inner, key) => ({ [key]: inner }), "found");
    expect(readField(deep, path)).toBe("found");
  });
});

describe("paths that are read for one purpose", () => {
  const items = Array.from({ length: 20_000 }, (_, index) => ({ name: `n${index}`, size: index }));

  test.each([
    ["that collect", "items.#.name", 40],
    ["that ask of each item", 'items.#(name=="none")', 40],
    ["that ask of each item for a long number", `items.#(size>${"1".repeat(1_000)})`, 1],
    ["that look through keys", "items.0.na*", 40],
  ])("have their steps counted together, also %s", (_, path, times) => {
    const object = {
      items: path.startsWith("items.0") ? [Object.fromEntries(items.map(({ name }) => [name, 1]))] : items,
    };
    const work = newFieldWork();
    expect(() => {
      for (let count = 0; count < times; count += 1) readField(object, path, work);
    }).toThrow(/field paths take more than 5000000 steps: .* fewer or narrower fields/);
  });
});
