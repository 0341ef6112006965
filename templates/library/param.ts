import type { Call } from "../evaluate/rendering.ts";
import { Fault } from "../problems.ts";
import { Certificate } from "../values/certificate.ts";
import { typeOf } from "../values/kind.ts";
import { Laid } from "../values/laid.ts";
import { Moment } from "../values/moment.ts";
import { Absent, Dict, Int, List, type Plain, type Value } from "../values/value.ts";
import { Version } from "../values/version.ts";

/** How a function reads one argument, by Go's rules of assignable types. */
export interface Param<Type> {
  readonly expects: string;
  /**
   * `constant`: the argument is a number literal in the template, which Go converts to any number type that fits.
   * @throws Fault
   */
  read(value: Value, call: Call, constant: boolean): Type;
}

function refuse(expects: string, value: Plain): never {
  if (value === null || value instanceof Absent) throw new Fault(`no value; expected ${expects}`, { ours: true });
  throw new Fault(`wrong type for value; expected ${expects}; got ${typeOf(value)}`, { ours: true });
}

/** Any value, unopened. A function that opens it takes over its mark. */
export const any: Param<Value> = {
  expects: "any value",
  read: (value) => (value instanceof Absent ? null : value),
};

/** Go's string. */
export const text: Param<string> = {
  expects: "string",
  read(value, call) {
    const plain = call.open(value);
    if (typeof plain === "string") return plain;
    return plain instanceof Laid ? plain.text : refuse("string", plain);
  },
};

/** Go's bool. */
export const bool: Param<boolean> = {
  expects: "bool",
  read(value, call) {
    const plain = call.open(value);
    return typeof plain === "boolean" ? plain : refuse("bool", plain);
  },
};

function integer(type: "int" | "int64"): Param<number> {
  return {
    expects: type,
    read(value, call, constant) {
      const plain = call.open(value);
      if (plain instanceof Int && (constant || plain.type === type || call.lenient)) return Number(plain.value);
      const whole = typeof plain === "number" && Number.isInteger(plain);
      return whole && (constant || call.lenient) ? plain : refuse(type, plain);
    },
  };
}

/** Go's int. */
export const wholeNumber: Param<number> = integer("int");

/** Go's int64. */
export const longNumber: Param<number> = integer("int64");

/** Go's float64. */
export const floatNumber: Param<number> = {
  expects: "float64",
  read(value, call, constant) {
    const plain = call.open(value);
    if (typeof plain === "number") return plain;
    const fits = plain instanceof Int && (constant || call.lenient || plain.type === "float64");
    return fits ? Number(plain.value) : refuse("float64", plain);
  },
};

/** Go's map[string]interface{}; a missing value is an empty one. */
export const dict: Param<Dict> = {
  expects: "map[string]interface {}",
  read(value, call) {
    const plain = call.open(value);
    if (plain instanceof Absent) return new Dict();
    return plain instanceof Dict && plain.element === "interface {}" ? plain : refuse("map[string]interface {}", plain);
  },
};

/** Go's map[string]interface{} that is not nil, so that entries can be added. */
export const presentDict: Param<Dict> = {
  expects: dict.expects,
  read(value, call, constant) {
    const plain = call.open(value);
    return plain instanceof Absent ? refuse(dict.expects, plain) : dict.read(plain, call, constant);
  },
};

/** Go's []interface{}, for functions that accept no other slice; a missing value is an empty one. */
export const anyList: Param<List> = {
  expects: "[]interface {}",
  read(value, call) {
    const plain = call.open(value);
    if (plain === null || plain instanceof Absent) return new List([]);
    return plain instanceof List && plain.element === "interface {}" ? plain : refuse("[]interface {}", plain);
  },
};

/** Go's time.Time. */
export const moment: Param<Moment> = {
  expects: "time.Time",
  read(value, call) {
    const plain = call.open(value);
    return plain instanceof Moment ? plain : refuse("time.Time", plain);
  },
};

/** A certificate that one of the certificate functions made. */
export const certificate: Param<Certificate> = {
  expects: "sprig.certificate",
  read(value, call) {
    const plain = call.open(value);
    return plain instanceof Certificate ? plain : refuse("sprig.certificate", plain);
  },
};

/** A version that semver made. */
export const version: Param<Version> = {
  expects: "*semver.Version",
  read(value, call) {
    const plain = call.open(value);
    return plain instanceof Version ? plain : refuse("*semver.Version", plain);
  },
};
