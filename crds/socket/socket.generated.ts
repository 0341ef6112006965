// Made from crds/socket/socket.yaml by `npm run generate`. Edit that file, not this one.
import type { StoredMeta } from "../parsing/stored-meta.ts";
import type { StructuralSchema } from "../parsing/structural-schema.ts";

/** A Socket offers integration to Plugs: it says what both sides must bring, who may couple, and what is done for each. */
export interface Socket {
  readonly apiVersion: string;
  readonly kind: "Socket";
  readonly metadata: StoredMeta;
  readonly spec: SocketSpec;
  readonly status?: SocketStatus | undefined;
}

/** What the application offers, to whom, and what it does for those who couple. */
export interface SocketSpec {
  /** The contract of the coupling: what the configs and results of both sides must be. */
  readonly interface?: SocketInterface | undefined;
  /** At most so many plugs are coupled at a time; the others wait. Absent: any number. */
  readonly limit?: number | undefined;
  /** Which namespaces may plug in. The blacklist is judged first, then the whitelist, then the selector. */
  readonly validation?: SocketValidation | undefined;
  /** Free key-values for templates and the apparatus, used before the config is known. Strings: quote numbers and booleans. */
  readonly data?: { readonly [key: string]: string } | undefined;
  /** A ConfigMap of the socket's namespace whose keys override data. */
  readonly dataConfigMapName?: string | undefined;
  /** A Secret of the socket's namespace whose keys data overrides. */
  readonly dataSecretName?: string | undefined;
  /** Values read from objects of the own namespace, for configTemplate and the apparatus' /config. */
  readonly vars?: readonly SocketVar[] | undefined;
  /** Values read from objects of the own namespace, for resultTemplate. */
  readonly resultVars?: readonly SocketVar[] | undefined;
  /** The socket's config, given directly. Strings: quote numbers and booleans. Merged: Secret, then config, then configTemplate, then ConfigMap, then the apparatus; the later wins. */
  readonly config?: { readonly [key: string]: string } | undefined;
  /** A ConfigMap of the socket's namespace whose keys become config. */
  readonly configConfigMapName?: string | undefined;
  /** A Secret of the socket's namespace whose keys become config, and are sensitive. */
  readonly configSecretName?: string | undefined;
  /** Config that is computed: each value is a template that sees plug, socket, plugData, socketData and vars. */
  readonly configTemplate?: { readonly [key: string]: string } | undefined;
  /** The socket's result, given directly. Strings: quote numbers and booleans. Merged: Secret, then result, then resultTemplate, then ConfigMap; the later wins. */
  readonly result?: { readonly [key: string]: string } | undefined;
  /** A ConfigMap of the socket's namespace whose keys become result. */
  readonly resultConfigMapName?: string | undefined;
  /** A Secret of the socket's namespace whose keys become result, and are sensitive. */
  readonly resultSecretName?: string | undefined;
  /** Result that is computed: each value is a template that sees plug, socket, both data, both configs and resultVars. */
  readonly resultTemplate?: { readonly [key: string]: string } | undefined;
  /** Objects that are applied or deleted in the socket's namespace at stages of the coupling's life. */
  readonly resources?: readonly SocketResource[] | undefined;
  /** Objects that are applied or deleted in the socket's namespace once results are computed; their templates see the results too. */
  readonly resultResources?: readonly SocketResultResource[] | undefined;
  /** An HTTP service that takes part in the coupling: the schema of a Pod's spec, all of it, with an endpoint beside. The API server judges the Pod's fields when the Pod is made. */
  readonly apparatus?: SocketApparatus | undefined;
  /** The service account of the socket's namespace as which objects are applied and deleted and vars are read. Default: default. */
  readonly serviceAccountName?: string | undefined;
  /** Any change of it makes the coupling update. */
  readonly epoch?: string | undefined;
  /** What a template here does with a value that is not there: print goes on (Go's syntax prints that there is no value, Handlebars nothing), error refuses it. Default: error if the socket's interface has a name, otherwise as the operator is started (print). */
  readonly missingValues?: "print" | "error" | undefined;
  /** The syntax of all templates here: go is Go's text/template between {% and %} (the default), handlebars is Handlebars between {{ and }}. */
  readonly engine?: "go" | "handlebars" | undefined;
}

/** The contract of the coupling: what the configs and results of both sides must be. */
export interface SocketInterface {
  /** The name of the interface, such as postgres, for plugs that ask for one. */
  readonly name?: string | undefined;
  /** The version of the interface (semver), for plugs that ask for a range. */
  readonly version?: string | undefined;
  /** What the config of either side must be. */
  readonly config?: SocketInterfaceSections | undefined;
  /** What the result of either side must be. */
  readonly result?: SocketInterfaceSections | undefined;
}

/** What the config of either side must be. */
export interface SocketInterfaceSections {
  /** The properties of the plug's config. What is not named is dropped. Absent: it is not validated, and everything passes. */
  readonly plug?: { readonly [key: string]: SocketInterfaceProperty } | undefined;
  /** The properties of the socket's config. What is not named is dropped. Absent: it is not validated, and everything passes. */
  readonly socket?: { readonly [key: string]: SocketInterfaceProperty } | undefined;
}

/** What one property must be. */
export interface SocketInterfaceProperty {
  /** Whether coupling waits until the property is given. A property that is absent or empty takes its default first. */
  readonly required?: boolean | undefined;
  /** What stands in where the property is absent or empty. */
  readonly default?: string | undefined;
  /** What the property is for, for the people who write the other side. */
  readonly description?: string | undefined;
  /** What the text of the value must be. Default: string. */
  readonly type?: "string" | "integer" | "number" | "boolean" | "json" | undefined;
  /** true: the value is kept out of status, events and logs. false: it may be shown although it comes from a Secret. Absent: as its origin says. */
  readonly sensitive?: boolean | undefined;
  /** The values that are allowed. */
  readonly enum?: readonly unknown[] | undefined;
  /** A regular expression (RE2, unanchored) that the value must match. Only for type string. */
  readonly pattern?: string | undefined;
  /** A format the value must have. Only for type string. */
  readonly format?: "byte" | "date" | "date-time" | "duration" | "email" | "hostname" | "ipv4" | "ipv6" | "json-pointer" | "regex" | "time" | "uri" | "uri-reference" | "uuid" | undefined;
  /** The least number of characters. Only for type string. */
  readonly minLength?: number | undefined;
  /** The greatest number of characters. Only for type string. */
  readonly maxLength?: number | undefined;
  /** The least value. Only for types integer and number. */
  readonly minimum?: number | undefined;
  /** The greatest value. Only for types integer and number. */
  readonly maximum?: number | undefined;
  /** The value must be greater than this. Only for types integer and number. */
  readonly exclusiveMinimum?: number | undefined;
  /** The value must be less than this. Only for types integer and number. */
  readonly exclusiveMaximum?: number | undefined;
  /** The value must be a multiple of this, which is greater than 0. Only for types integer and number. */
  readonly multipleOf?: number | undefined;
  /** The least number of items of a JSON array. Only for type json. */
  readonly minItems?: number | undefined;
  /** The greatest number of items of a JSON array. Only for type json. */
  readonly maxItems?: number | undefined;
  /** Whether the items of a JSON array must all differ. Only for type json. */
  readonly uniqueItems?: boolean | undefined;
  /** The least number of properties of a JSON object. Only for type json. */
  readonly minProperties?: number | undefined;
  /** The greatest number of properties of a JSON object. Only for type json. */
  readonly maxProperties?: number | undefined;
}

/** Which namespaces may plug in. The blacklist is judged first, then the whitelist, then the selector. */
export interface SocketValidation {
  /** Who may plug in, where not empty. An entry without any of \ . + * ? ( ) | [ ] { } ^ $ is the name of a namespace; any other is a regular expression (RE2, unanchored) searched for in the name. */
  readonly namespaceWhitelist?: readonly string[] | undefined;
  /** Who may not: regular expressions (RE2, unanchored) searched for in the namespace's name. */
  readonly namespaceBlacklist?: readonly string[] | undefined;
  /** What the labels of the plug's namespace must be. Empty selects every namespace. */
  readonly namespaceSelector?: SocketNamespaceSelector | undefined;
}

/** What the labels of the plug's namespace must be. Empty selects every namespace. */
export interface SocketNamespaceSelector {
  /** Labels and the values they must have. */
  readonly matchLabels?: { readonly [key: string]: string } | undefined;
  /** Demands on labels, all of which must hold. */
  readonly matchExpressions?: readonly SocketLabelRequirement[] | undefined;
}

/** One demand on the labels. */
export interface SocketLabelRequirement {
  /** The label that is looked at. */
  readonly key: string;
  /** How the label is compared with values. */
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  /** The values for In and NotIn. */
  readonly values?: readonly string[] | undefined;
}

/** One value read from one field of one object, before the config is computed. */
export interface SocketVar {
  /** The name under which templates see the value. */
  readonly name: string;
  /** The object that is read: always one of the owner's own namespace. */
  readonly objref: SocketVarObject;
  /** The field that is read. */
  readonly fieldref?: SocketVarField | undefined;
}

/** The object that is read: always one of the owner's own namespace. */
export interface SocketVarObject {
  /** The API version of the object, such as v1 or apps/v1. Instead of it, group and version may be given. */
  readonly apiVersion?: string | undefined;
  /** The API group of the object, where apiVersion is not given; absent or empty is the core group. */
  readonly group?: string | undefined;
  /** The version within the group, such as v1, where apiVersion is not given. */
  readonly version?: string | undefined;
  /** The kind of the object, such as Service. */
  readonly kind: string;
  /** The name of the object. */
  readonly name?: string | undefined;
  /** The namespace of the object, which must be the owner's own; absent means that. */
  readonly namespace?: string | undefined;
  /** A template that gives the name of the object; it sees plug and socket. */
  readonly templateName?: string | undefined;
  /** A template that gives the namespace of the object; it sees plug and socket, and must give the owner's own. */
  readonly templateNamespace?: string | undefined;
}

/** The field that is read. */
export interface SocketVarField {
  /** A GJSON path, such as spec.ports.0.port, spec.ports.#(name=="pg").port or metadata.annotations.example\.com/tier. Default: metadata.name. */
  readonly fieldPath?: string | undefined;
}

/** Objects of which something is done at stages of the coupling's life. */
export interface SocketResource {
  /** The stages at which it is done. Default: coupled and updated. */
  readonly when?: readonly ("created" | "coupled" | "updated" | "decoupled" | "deleted")[] | undefined;
  /** What is done with the objects: apply (the default) puts them there by server-side apply, delete removes them, recreate removes them, waits until they are gone and applies them anew. */
  readonly do?: "apply" | "delete" | "recreate" | undefined;
  /** One object to apply. Each string in it, keys included, is a template of its own. */
  readonly template?: { readonly [field: string]: unknown } | undefined;
  /** More objects to apply, in this order, as template. */
  readonly templates?: readonly { readonly [field: string]: unknown }[] | undefined;
  /** The text of one or more YAML documents, a template as a whole. What renders to nothing is skipped. */
  readonly stringTemplate?: string | undefined;
  /** More texts of YAML documents, in this order, as stringTemplate. */
  readonly stringTemplates?: readonly string[] | undefined;
  /** Whether the objects stay when the coupling ends. Default: false. */
  readonly preserveWhenDecoupled?: boolean | undefined;
  /** The other name of preserveWhenDecoupled. */
  readonly retainWhenDecoupled?: boolean | undefined;
  /** Fields that are set when an object is made and then left to others, as paths: spec.replicas, metadata.annotations.example\.com/note, spec.ports[0].nodePort, spec.containers.*.image. apiVersion, kind, name and namespace are always applied. */
  readonly ignore?: readonly string[] | undefined;
  /** With do recreate, how long the end of a Job or Pod of that name is waited for that another coupling made and that still runs. Default and maximum: 600. */
  readonly recreateWaitSeconds?: number | undefined;
  /** The syntax of the templates of this entry, where it is not that of spec.engine. */
  readonly engine?: "go" | "handlebars" | undefined;
}

/** Objects of which something is done once results are computed, and again each time they change. */
export interface SocketResultResource {
  /** What is done with the objects: apply (the default) puts them there by server-side apply, delete removes them, recreate removes them, waits until they are gone and applies them anew. */
  readonly do?: "apply" | "delete" | "recreate" | undefined;
  /** One object to apply. Each string in it, keys included, is a template of its own. */
  readonly template?: { readonly [field: string]: unknown } | undefined;
  /** More objects to apply, in this order, as template. */
  readonly templates?: readonly { readonly [field: string]: unknown }[] | undefined;
  /** The text of one or more YAML documents, a template as a whole. What renders to nothing is skipped. */
  readonly stringTemplate?: string | undefined;
  /** More texts of YAML documents, in this order, as stringTemplate. */
  readonly stringTemplates?: readonly string[] | undefined;
  /** Whether the objects stay when the coupling ends. Default: false. */
  readonly preserveWhenDecoupled?: boolean | undefined;
  /** The other name of preserveWhenDecoupled. */
  readonly retainWhenDecoupled?: boolean | undefined;
  /** Fields that are set when an object is made and then left to others, as paths: spec.replicas, metadata.annotations.example\.com/note, spec.ports[0].nodePort, spec.containers.*.image. apiVersion, kind, name and namespace are always applied. */
  readonly ignore?: readonly string[] | undefined;
  /** With do recreate, how long the end of a Job or Pod of that name is waited for that another coupling made and that still runs. Default and maximum: 600. */
  readonly recreateWaitSeconds?: number | undefined;
  /** The syntax of the templates of this entry, where it is not that of spec.engine. */
  readonly engine?: "go" | "handlebars" | undefined;
}

/** An HTTP service that takes part in the coupling: the schema of a Pod's spec, all of it, with an endpoint beside. The API server judges the Pod's fields when the Pod is made. */
export interface SocketApparatus {
  /** Where the apparatus is called: a path (such as /socket) on the Pod described here, or the URL of a Service of the owner's own namespace. */
  readonly endpoint?: string | undefined;
  /** After so many seconds without use the Pod is removed. Default: 60. */
  readonly idleTimeout?: number | undefined;
  /** The containers of the Pod. The port named container is the one that is called. */
  readonly containers?: readonly { readonly [field: string]: unknown }[] | undefined;
  readonly [field: string]: unknown;
}

/** What became of it, as observed. */
export interface SocketStatus {
  /** What holds and what does not: Coupled, Failed and Ready. */
  readonly conditions?: readonly SocketCondition[] | undefined;
  /** The generation of the object on which Ready was judged. */
  readonly observedGeneration?: number | undefined;
  /** Set while Plugboard makes nothing new for this object. */
  readonly held?: SocketHeld | undefined;
  /** The plugs that are coupled to it, by namespace and name; the first 1,000. */
  readonly coupledPlugs?: readonly SocketCoupledPlug[] | undefined;
  /** How many plugs are coupled to it. */
  readonly coupledPlugCount?: number | undefined;
  /** The uids of the plugs that hold a place, where the socket has a limit. */
  readonly places?: readonly string[] | undefined;
  /** When its created stage was done. */
  readonly createdAt?: string | undefined;
  /** The stage that runs now, and who runs it. */
  readonly stage?: SocketClaim | undefined;
  /** The failure on record: its stage is not tried again until what it was judged on changes, or until retryAt where that is set. */
  readonly failure?: SocketFailure | undefined;
  /** The objects this one has to do with, and the versions at which they were seen: all that is compared to know what is due. */
  readonly refs?: readonly SocketRef[] | undefined;
  /** The apparatus hooks that answered, which are not called again for their revision. */
  readonly hooks?: readonly SocketHook[] | undefined;
  /** How often stages ran again although nobody edited plug or socket. */
  readonly restless?: SocketRestless | undefined;
}

/** One thing that is true or false of the object. */
export interface SocketCondition {
  /** What the condition is about. */
  readonly type: string;
  /** Whether it holds. */
  readonly status: "True" | "False" | "Unknown";
  /** Why, in one word for machines. */
  readonly reason?: string | undefined;
  /** Why, in a sentence for people. */
  readonly message?: string | undefined;
  /** When status last changed. */
  readonly lastTransitionTime?: string | undefined;
  /** The generation of the object on which this was judged. */
  readonly observedGeneration?: number | undefined;
}

/** Set while Plugboard makes nothing new for this object. */
export interface SocketHeld {
  /** The reason for the hold. */
  readonly reason: "NotServed";
  /** The generation of the object when the hold was recorded. */
  readonly generation?: number | undefined;
}

/** A plug that is coupled. */
export interface SocketCoupledPlug {
  /** Its API version. */
  readonly apiVersion?: string | undefined;
  /** Its kind. */
  readonly kind?: string | undefined;
  /** Its name. */
  readonly name: string;
  /** Its namespace. */
  readonly namespace?: string | undefined;
  /** Its uid. */
  readonly uid?: string | undefined;
}

/** The stage that runs now, and who runs it. */
export interface SocketClaim {
  /** The name of the stage. */
  readonly name: string;
  /** The revision the stage works on. */
  readonly revision?: number | undefined;
  /** Who runs it. */
  readonly holder: string;
  /** Until when it is claimed; its holder renews it before, or stops writing. */
  readonly until: string;
}

/** The failure on record: its stage is not tried again until what it was judged on changes, or until retryAt where that is set. */
export interface SocketFailure {
  /** The stage that failed. */
  readonly stage: string;
  /** The revision it failed on, or the generation where no revision covers it. */
  readonly revision: number;
  /** The word for what went wrong. */
  readonly reason: string;
  /** How often it failed. */
  readonly count?: number | undefined;
  /** How often the API server has rejected what the stage writes, one after the other. */
  readonly attempts?: number | undefined;
  /** When the stage is tried again although nothing changes. */
  readonly retryAt?: string | undefined;
  /** The object that was there when the API server rejected the write: a change of it, or its deletion, has the stage tried again at once. */
  readonly inWay?: string | undefined;
  /** The code, the reason and the fields of the API server's answer. The same answer is said once. */
  readonly answer?: string | undefined;
}

/** One object, in one role. */
export interface SocketRef {
  /** input: the outcome was computed from it. result: the result was. awaited: a stage waits for it. applied: it was made here. */
  readonly role: "input" | "result" | "awaited" | "applied";
  /** The API version of the object. */
  readonly apiVersion?: string | undefined;
  /** The kind of the object. */
  readonly kind: string;
  /** The namespace of the object. */
  readonly namespace?: string | undefined;
  /** The name of the object. */
  readonly name: string;
  /** The uid of the object. */
  readonly uid?: string | undefined;
  /** The version at which it was seen, or absent. */
  readonly version?: string | undefined;
  /** On whose side it is. */
  readonly side?: "plug" | "socket" | undefined;
  /** The entry of the spec that makes it. */
  readonly entry?: string | undefined;
  /** Whether it stays when the coupling ends. */
  readonly retained?: boolean | undefined;
  /** Whether it was there before it was applied here, so that it is not deleted. */
  readonly foreign?: boolean | undefined;
  /** The stage that waits for it. */
  readonly stage?: string | undefined;
  /** When the stage goes on although the object is as it was. */
  readonly until?: string | undefined;
}

/** One hook that answered. */
export interface SocketHook {
  /** The revision it was called for. */
  readonly revision: number;
  /** Whose apparatus answered. */
  readonly side: "plug" | "socket";
  /** What it was told. */
  readonly event: "created" | "coupled" | "updated" | "decoupled" | "deleted";
}

/** How often stages ran again although nobody edited plug or socket. */
export interface SocketRestless {
  /** How often. */
  readonly count: number;
  /** Since when. */
  readonly since: string;
}

/** The shape of a Socket, for its parser. */
export const socketSchema: StructuralSchema = {
 "type": "object",
 "properties": {
  "apiVersion": {
   "type": "string"
  },
  "kind": {
   "type": "string"
  },
  "metadata": {
   "type": "object"
  },
  "spec": {
   "type": "object",
   "properties": {
    "interface": {
     "type": "object",
     "properties": {
      "name": {
       "type": "string"
      },
      "version": {
       "type": "string"
      },
      "config": {
       "type": "object",
       "properties": {
        "plug": {
         "type": "object",
         "additionalProperties": {
          "type": "object",
          "properties": {
           "required": {
            "type": "boolean"
           },
           "default": {
            "type": "string"
           },
           "description": {
            "type": "string"
           },
           "type": {
            "type": "string",
            "enum": [
             "string",
             "integer",
             "number",
             "boolean",
             "json"
            ]
           },
           "sensitive": {
            "type": "boolean"
           },
           "enum": {
            "type": "array",
            "items": {}
           },
           "pattern": {
            "type": "string"
           },
           "format": {
            "type": "string",
            "enum": [
             "byte",
             "date",
             "date-time",
             "duration",
             "email",
             "hostname",
             "ipv4",
             "ipv6",
             "json-pointer",
             "regex",
             "time",
             "uri",
             "uri-reference",
             "uuid"
            ]
           },
           "minLength": {
            "type": "integer"
           },
           "maxLength": {
            "type": "integer"
           },
           "minimum": {
            "type": "number"
           },
           "maximum": {
            "type": "number"
           },
           "exclusiveMinimum": {
            "type": "number"
           },
           "exclusiveMaximum": {
            "type": "number"
           },
           "multipleOf": {
            "type": "number"
           },
           "minItems": {
            "type": "integer"
           },
           "maxItems": {
            "type": "integer"
           },
           "uniqueItems": {
            "type": "boolean"
           },
           "minProperties": {
            "type": "integer"
           },
           "maxProperties": {
            "type": "integer"
           }
          }
         }
        },
        "socket": {
         "type": "object",
         "additionalProperties": {
          "type": "object",
          "properties": {
           "required": {
            "type": "boolean"
           },
           "default": {
            "type": "string"
           },
           "description": {
            "type": "string"
           },
           "type": {
            "type": "string",
            "enum": [
             "string",
             "integer",
             "number",
             "boolean",
             "json"
            ]
           },
           "sensitive": {
            "type": "boolean"
           },
           "enum": {
            "type": "array",
            "items": {}
           },
           "pattern": {
            "type": "string"
           },
           "format": {
            "type": "string",
            "enum": [
             "byte",
             "date",
             "date-time",
             "duration",
             "email",
             "hostname",
             "ipv4",
             "ipv6",
             "json-pointer",
             "regex",
             "time",
             "uri",
             "uri-reference",
             "uuid"
            ]
           },
           "minLength": {
            "type": "integer"
           },
           "maxLength": {
            "type": "integer"
           },
           "minimum": {
            "type": "number"
           },
           "maximum": {
            "type": "number"
           },
           "exclusiveMinimum": {
            "type": "number"
           },
           "exclusiveMaximum": {
            "type": "number"
           },
           "multipleOf": {
            "type": "number"
           },
           "minItems": {
            "type": "integer"
           },
           "maxItems": {
            "type": "integer"
           },
           "uniqueItems": {
            "type": "boolean"
           },
           "minProperties": {
            "type": "integer"
           },
           "maxProperties": {
            "type": "integer"
           }
          }
         }
        }
       }
      },
      "result": {
       "type": "object",
       "properties": {
        "plug": {
         "type": "object",
         "additionalProperties": {
          "type": "object",
          "properties": {
           "required": {
            "type": "boolean"
           },
           "default": {
            "type": "string"
           },
           "description": {
            "type": "string"
           },
           "type": {
            "type": "string",
            "enum": [
             "string",
             "integer",
             "number",
             "boolean",
             "json"
            ]
           },
           "sensitive": {
            "type": "boolean"
           },
           "enum": {
            "type": "array",
            "items": {}
           },
           "pattern": {
            "type": "string"
           },
           "format": {
            "type": "string",
            "enum": [
             "byte",
             "date",
             "date-time",
             "duration",
             "email",
             "hostname",
             "ipv4",
             "ipv6",
             "json-pointer",
             "regex",
             "time",
             "uri",
             "uri-reference",
             "uuid"
            ]
           },
           "minLength": {
            "type": "integer"
           },
           "maxLength": {
            "type": "integer"
           },
           "minimum": {
            "type": "number"
           },
           "maximum": {
            "type": "number"
           },
           "exclusiveMinimum": {
            "type": "number"
           },
           "exclusiveMaximum": {
            "type": "number"
           },
           "multipleOf": {
            "type": "number"
           },
           "minItems": {
            "type": "integer"
           },
           "maxItems": {
            "type": "integer"
           },
           "uniqueItems": {
            "type": "boolean"
           },
           "minProperties": {
            "type": "integer"
           },
           "maxProperties": {
            "type": "integer"
           }
          }
         }
        },
        "socket": {
         "type": "object",
         "additionalProperties": {
          "type": "object",
          "properties": {
           "required": {
            "type": "boolean"
           },
           "default": {
            "type": "string"
           },
           "description": {
            "type": "string"
           },
           "type": {
            "type": "string",
            "enum": [
             "string",
             "integer",
             "number",
             "boolean",
             "json"
            ]
           },
           "sensitive": {
            "type": "boolean"
           },
           "enum": {
            "type": "array",
            "items": {}
           },
           "pattern": {
            "type": "string"
           },
           "format": {
            "type": "string",
            "enum": [
             "byte",
             "date",
             "date-time",
             "duration",
             "email",
             "hostname",
             "ipv4",
             "ipv6",
             "json-pointer",
             "regex",
             "time",
             "uri",
             "uri-reference",
             "uuid"
            ]
           },
           "minLength": {
            "type": "integer"
           },
           "maxLength": {
            "type": "integer"
           },
           "minimum": {
            "type": "number"
           },
           "maximum": {
            "type": "number"
           },
           "exclusiveMinimum": {
            "type": "number"
           },
           "exclusiveMaximum": {
            "type": "number"
           },
           "multipleOf": {
            "type": "number"
           },
           "minItems": {
            "type": "integer"
           },
           "maxItems": {
            "type": "integer"
           },
           "uniqueItems": {
            "type": "boolean"
           },
           "minProperties": {
            "type": "integer"
           },
           "maxProperties": {
            "type": "integer"
           }
          }
         }
        }
       }
      }
     }
    },
    "limit": {
     "type": "integer"
    },
    "validation": {
     "type": "object",
     "properties": {
      "namespaceWhitelist": {
       "type": "array",
       "items": {
        "type": "string"
       }
      },
      "namespaceBlacklist": {
       "type": "array",
       "items": {
        "type": "string"
       }
      },
      "namespaceSelector": {
       "type": "object",
       "properties": {
        "matchLabels": {
         "type": "object",
         "additionalProperties": {
          "type": "string"
         }
        },
        "matchExpressions": {
         "type": "array",
         "items": {
          "type": "object",
          "required": [
           "key",
           "operator"
          ],
          "properties": {
           "key": {
            "type": "string"
           },
           "operator": {
            "type": "string",
            "enum": [
             "In",
             "NotIn",
             "Exists",
             "DoesNotExist"
            ]
           },
           "values": {
            "type": "array",
            "items": {
             "type": "string"
            }
           }
          }
         }
        }
       }
      }
     }
    },
    "data": {
     "type": "object",
     "additionalProperties": {
      "type": "string"
     }
    },
    "dataConfigMapName": {
     "type": "string"
    },
    "dataSecretName": {
     "type": "string"
    },
    "vars": {
     "type": "array",
     "items": {
      "type": "object",
      "required": [
       "name",
       "objref"
      ],
      "properties": {
       "name": {
        "type": "string"
       },
       "objref": {
        "type": "object",
        "required": [
         "kind"
        ],
        "properties": {
         "apiVersion": {
          "type": "string"
         },
         "group": {
          "type": "string"
         },
         "version": {
          "type": "string"
         },
         "kind": {
          "type": "string"
         },
         "name": {
          "type": "string"
         },
         "namespace": {
          "type": "string"
         },
         "templateName": {
          "type": "string"
         },
         "templateNamespace": {
          "type": "string"
         }
        }
       },
       "fieldref": {
        "type": "object",
        "properties": {
         "fieldPath": {
          "type": "string"
         }
        }
       }
      }
     }
    },
    "resultVars": {
     "type": "array",
     "items": {
      "type": "object",
      "required": [
       "name",
       "objref"
      ],
      "properties": {
       "name": {
        "type": "string"
       },
       "objref": {
        "type": "object",
        "required": [
         "kind"
        ],
        "properties": {
         "apiVersion": {
          "type": "string"
         },
         "group": {
          "type": "string"
         },
         "version": {
          "type": "string"
         },
         "kind": {
          "type": "string"
         },
         "name": {
          "type": "string"
         },
         "namespace": {
          "type": "string"
         },
         "templateName": {
          "type": "string"
         },
         "templateNamespace": {
          "type": "string"
         }
        }
       },
       "fieldref": {
        "type": "object",
        "properties": {
         "fieldPath": {
          "type": "string"
         }
        }
       }
      }
     }
    },
    "config": {
     "type": "object",
     "additionalProperties": {
      "type": "string"
     }
    },
    "configConfigMapName": {
     "type": "string"
    },
    "configSecretName": {
     "type": "string"
    },
    "configTemplate": {
     "type": "object",
     "additionalProperties": {
      "type": "string"
     }
    },
    "result": {
     "type": "object",
     "additionalProperties": {
      "type": "string"
     }
    },
    "resultConfigMapName": {
     "type": "string"
    },
    "resultSecretName": {
     "type": "string"
    },
    "resultTemplate": {
     "type": "object",
     "additionalProperties": {
      "type": "string"
     }
    },
    "resources": {
     "type": "array",
     "items": {
      "type": "object",
      "properties": {
       "when": {
        "type": "array",
        "items": {
         "type": "string",
         "enum": [
          "created",
          "coupled",
          "updated",
          "decoupled",
          "deleted"
         ]
        }
       },
       "do": {
        "type": "string",
        "enum": [
         "apply",
         "delete",
         "recreate"
        ]
       },
       "template": {
        "type": "object"
       },
       "templates": {
        "type": "array",
        "items": {
         "type": "object"
        }
       },
       "stringTemplate": {
        "type": "string"
       },
       "stringTemplates": {
        "type": "array",
        "items": {
         "type": "string"
        }
       },
       "preserveWhenDecoupled": {
        "type": "boolean"
       },
       "retainWhenDecoupled": {
        "type": "boolean"
       },
       "ignore": {
        "type": "array",
        "items": {
         "type": "string"
        }
       },
       "recreateWaitSeconds": {
        "type": "integer"
       },
       "engine": {
        "type": "string",
        "enum": [
         "go",
         "handlebars"
        ]
       }
      }
     }
    },
    "resultResources": {
     "type": "array",
     "items": {
      "type": "object",
      "properties": {
       "do": {
        "type": "string",
        "enum": [
         "apply",
         "delete",
         "recreate"
        ]
       },
       "template": {
        "type": "object"
       },
       "templates": {
        "type": "array",
        "items": {
         "type": "object"
        }
       },
       "stringTemplate": {
        "type": "string"
       },
       "stringTemplates": {
        "type": "array",
        "items": {
         "type": "string"
        }
       },
       "preserveWhenDecoupled": {
        "type": "boolean"
       },
       "retainWhenDecoupled": {
        "type": "boolean"
       },
       "ignore": {
        "type": "array",
        "items": {
         "type": "string"
        }
       },
       "recreateWaitSeconds": {
        "type": "integer"
       },
       "engine": {
        "type": "string",
        "enum": [
         "go",
         "handlebars"
        ]
       }
      }
     }
    },
    "apparatus": {
     "type": "object",
     "properties": {
      "endpoint": {
       "type": "string"
      },
      "idleTimeout": {
       "type": "integer"
      },
      "containers": {
       "type": "array",
       "items": {
        "type": "object"
       }
      }
     }
    },
    "serviceAccountName": {
     "type": "string"
    },
    "epoch": {
     "type": "string"
    },
    "missingValues": {
     "type": "string",
     "enum": [
      "print",
      "error"
     ]
    },
    "engine": {
     "type": "string",
     "enum": [
      "go",
      "handlebars"
     ]
    }
   }
  },
  "status": {
   "type": "object",
   "properties": {
    "conditions": {
     "type": "array",
     "items": {
      "type": "object",
      "required": [
       "type",
       "status"
      ],
      "properties": {
       "type": {
        "type": "string"
       },
       "status": {
        "type": "string",
        "enum": [
         "True",
         "False",
         "Unknown"
        ]
       },
       "reason": {
        "type": "string"
       },
       "message": {
        "type": "string"
       },
       "lastTransitionTime": {
        "type": "string"
       },
       "observedGeneration": {
        "type": "integer"
       }
      }
     }
    },
    "observedGeneration": {
     "type": "integer"
    },
    "held": {
     "type": "object",
     "required": [
      "reason"
     ],
     "properties": {
      "reason": {
       "type": "string",
       "enum": [
        "NotServed"
       ]
      },
      "generation": {
       "type": "integer"
      }
     }
    },
    "coupledPlugs": {
     "type": "array",
     "items": {
      "type": "object",
      "required": [
       "name"
      ],
      "properties": {
       "apiVersion": {
        "type": "string"
       },
       "kind": {
        "type": "string"
       },
       "name": {
        "type": "string"
       },
       "namespace": {
        "type": "string"
       },
       "uid": {
        "type": "string"
       }
      }
     }
    },
    "coupledPlugCount": {
     "type": "integer"
    },
    "places": {
     "type": "array",
     "items": {
      "type": "string"
     }
    },
    "createdAt": {
     "type": "string"
    },
    "stage": {
     "type": "object",
     "required": [
      "name",
      "holder",
      "until"
     ],
     "properties": {
      "name": {
       "type": "string"
      },
      "revision": {
       "type": "integer"
      },
      "holder": {
       "type": "string"
      },
      "until": {
       "type": "string"
      }
     }
    },
    "failure": {
     "type": "object",
     "required": [
      "stage",
      "revision",
      "reason"
     ],
     "properties": {
      "stage": {
       "type": "string"
      },
      "revision": {
       "type": "integer"
      },
      "reason": {
       "type": "string"
      },
      "count": {
       "type": "integer"
      },
      "attempts": {
       "type": "integer"
      },
      "retryAt": {
       "type": "string"
      },
      "inWay": {
       "type": "string"
      },
      "answer": {
       "type": "string"
      }
     }
    },
    "refs": {
     "type": "array",
     "items": {
      "type": "object",
      "required": [
       "role",
       "kind",
       "name"
      ],
      "properties": {
       "role": {
        "type": "string",
        "enum": [
         "input",
         "result",
         "awaited",
         "applied"
        ]
       },
       "apiVersion": {
        "type": "string"
       },
       "kind": {
        "type": "string"
       },
       "namespace": {
        "type": "string"
       },
       "name": {
        "type": "string"
       },
       "uid": {
        "type": "string"
       },
       "version": {
        "type": "string"
       },
       "side": {
        "type": "string",
        "enum": [
         "plug",
         "socket"
        ]
       },
       "entry": {
        "type": "string"
       },
       "retained": {
        "type": "boolean"
       },
       "foreign": {
        "type": "boolean"
       },
       "stage": {
        "type": "string"
       },
       "until": {
        "type": "string"
       }
      }
     }
    },
    "hooks": {
     "type": "array",
     "items": {
      "type": "object",
      "required": [
       "revision",
       "side",
       "event"
      ],
      "properties": {
       "revision": {
        "type": "integer"
       },
       "side": {
        "type": "string",
        "enum": [
         "plug",
         "socket"
        ]
       },
       "event": {
        "type": "string",
        "enum": [
         "created",
         "coupled",
         "updated",
         "decoupled",
         "deleted"
        ]
       }
      }
     }
    },
    "restless": {
     "type": "object",
     "required": [
      "count",
      "since"
     ],
     "properties": {
      "count": {
       "type": "integer"
      },
      "since": {
       "type": "string"
      }
     }
    }
   }
  }
 }
};
