// Made from crds/socket/socket.yaml by `npm run generate`. Edit that file, not this one.
import type { StoredMeta } from "../parsing/stored-meta.ts";
import type { StructuralSchema } from "../parsing/structural-schema.ts";

/** A Socket offers an integration to Plugs. It defines the config that both sides give, the namespaces that may couple, and the objects that Plugboard applies for each plug. */
export interface Socket {
  readonly apiVersion: string;
  readonly kind: "Socket";
  readonly metadata: StoredMeta;
  readonly spec: SocketSpec;
  readonly status?: SocketStatus | undefined;
}

/** The integration that the application offers, the namespaces that may use it, and the objects for each plug. */
export interface SocketSpec {
  /** The contract of the coupling: the properties of the configs and results of both sides. */
  readonly interface?: SocketInterface | undefined;
  /** The most plugs that are coupled at a time; others wait. Absent: no limit. */
  readonly limit?: number | undefined;
  /** The namespaces that may plug in. Plugboard checks the blacklist, then the whitelist, then the selector. */
  readonly validation?: SocketValidation | undefined;
  /** Keys and values for templates and the apparatus, available before the config is computed. All values are strings: quote numbers and booleans. */
  readonly data?: { readonly [key: string]: string } | undefined;
  /** ConfigMap in the socket's namespace that supplies data; its keys take precedence over `data`. */
  readonly dataConfigMapName?: string | undefined;
  /** Secret in the socket's namespace that supplies data; keys in `data` take precedence. */
  readonly dataSecretName?: string | undefined;
  /** Values that are read from objects in the same namespace, for configTemplate and the apparatus' /config. */
  readonly vars?: readonly SocketVar[] | undefined;
  /** Values that are read from objects in the same namespace, for resultTemplate. */
  readonly resultVars?: readonly SocketVar[] | undefined;
  /** The socket's config. All values are strings: quote numbers and booleans. Sources are merged in this order, and later ones take precedence: Secret, config, configTemplate, ConfigMap, apparatus. */
  readonly config?: { readonly [key: string]: string } | undefined;
  /** ConfigMap in the socket's namespace whose keys become config. */
  readonly configConfigMapName?: string | undefined;
  /** Secret in the socket's namespace whose keys become config. Its values are sensitive. */
  readonly configSecretName?: string | undefined;
  /** Computed config. Each value is a template that can use plug, socket, plugData, socketData and vars. */
  readonly configTemplate?: { readonly [key: string]: string } | undefined;
  /** The socket's result. All values are strings: quote numbers and booleans. Sources are merged in this order, and later ones take precedence: Secret, result, resultTemplate, ConfigMap. */
  readonly result?: { readonly [key: string]: string } | undefined;
  /** ConfigMap in the socket's namespace whose keys become result. */
  readonly resultConfigMapName?: string | undefined;
  /** Secret in the socket's namespace whose keys become result. Its values are sensitive. */
  readonly resultSecretName?: string | undefined;
  /** Computed result. Each value is a template that can use plug, socket, the data and configs of both sides, and resultVars. */
  readonly resultTemplate?: { readonly [key: string]: string } | undefined;
  /** Objects that Plugboard applies or deletes in the socket's namespace at stages of the coupling. */
  readonly resources?: readonly SocketResource[] | undefined;
  /** Objects that Plugboard applies or deletes in the socket's namespace when results are computed. Their templates can use the results, too. */
  readonly resultResources?: readonly SocketResultResource[] | undefined;
  /** An HTTP service that takes part in the coupling. All fields of a Pod's spec are allowed, and endpoint and idleTimeout. The API server validates the fields of the Pod when Plugboard creates it. */
  readonly apparatus?: SocketApparatus | undefined;
  /** The service account in the socket's namespace with which Plugboard applies and deletes objects and reads vars. Default: default. */
  readonly serviceAccountName?: string | undefined;
  /** Change this value to update the coupling. */
  readonly epoch?: string | undefined;
  /** What templates here do with a value that does not exist. print: continue (Go's syntax prints that there is none, Handlebars nothing). error: fail. Default: error if the socket's interface has a name, otherwise the operator's --missing-values (print). */
  readonly missingValues?: "print" | "error" | undefined;
  /** The syntax of all templates here. go (default): Go's text/template between {% and %}. handlebars: Handlebars between {{ and }}. */
  readonly engine?: "go" | "handlebars" | undefined;
}

/** The contract of the coupling: the properties of the configs and results of both sides. */
export interface SocketInterface {
  /** The name of the interface, such as postgres. Plugs can require it. */
  readonly name?: string | undefined;
  /** The version of the interface (semver). Plugs can require a range. */
  readonly version?: string | undefined;
  /** The properties of the config of each side. */
  readonly config?: SocketInterfaceSections | undefined;
  /** The properties of the result of each side. */
  readonly result?: SocketInterfaceSections | undefined;
}

/** The properties of the config of each side. */
export interface SocketInterfaceSections {
  /** The properties of the plug's config. Keys that are not named are dropped. Absent: all keys pass, without validation. */
  readonly plug?: { readonly [key: string]: SocketInterfaceProperty } | undefined;
  /** The properties of the socket's config. Keys that are not named are dropped. Absent: all keys pass, without validation. */
  readonly socket?: { readonly [key: string]: SocketInterfaceProperty } | undefined;
}

/** The rules of one property. */
export interface SocketInterfaceProperty {
  /** Whether coupling waits until the property has a value. An absent or empty property takes its default first. */
  readonly required?: boolean | undefined;
  /** The value that is used if the property is absent or empty. */
  readonly default?: string | undefined;
  /** The purpose of the property, for authors of plugs. */
  readonly description?: string | undefined;
  /** The type of the value. Values are text; they must parse as this type. Default: string. */
  readonly type?: "string" | "integer" | "number" | "boolean" | "json" | undefined;
  /** true: the value does not appear in status, events and logs. false: it may appear even if it comes from a Secret. Absent: values from Secrets do not appear, others may. */
  readonly sensitive?: boolean | undefined;
  /** The values that are allowed. */
  readonly enum?: readonly unknown[] | undefined;
  /** A regular expression (RE2, unanchored) that the value must match. Only for type string. */
  readonly pattern?: string | undefined;
  /** A format the value must have. Only for type string. */
  readonly format?: "byte" | "date" | "date-time" | "duration" | "email" | "hostname" | "ipv4" | "ipv6" | "json-pointer" | "regex" | "time" | "uri" | "uri-reference" | "uuid" | undefined;
  /** The minimum number of characters. Only for type string. */
  readonly minLength?: number | undefined;
  /** The maximum number of characters. Only for type string. */
  readonly maxLength?: number | undefined;
  /** The minimum value. Only for types integer and number. */
  readonly minimum?: number | undefined;
  /** The maximum value. Only for types integer and number. */
  readonly maximum?: number | undefined;
  /** The value must be greater than this number. Only for types integer and number. */
  readonly exclusiveMinimum?: number | undefined;
  /** The value must be less than this number. Only for types integer and number. */
  readonly exclusiveMaximum?: number | undefined;
  /** The value must be a multiple of this number, which is greater than 0. Only for types integer and number. */
  readonly multipleOf?: number | undefined;
  /** The minimum number of items of a JSON array. Only for type json. */
  readonly minItems?: number | undefined;
  /** The maximum number of items of a JSON array. Only for type json. */
  readonly maxItems?: number | undefined;
  /** Whether the items of a JSON array must all differ. Only for type json. */
  readonly uniqueItems?: boolean | undefined;
  /** The minimum number of properties of a JSON object. Only for type json. */
  readonly minProperties?: number | undefined;
  /** The maximum number of properties of a JSON object. Only for type json. */
  readonly maxProperties?: number | undefined;
}

/** The namespaces that may plug in. Plugboard checks the blacklist, then the whitelist, then the selector. */
export interface SocketValidation {
  /** Namespaces that may plug in; empty: all. An entry without any of \ . + * ? ( ) | [ ] { } ^ $ is the name of a namespace. Any other entry is a regular expression (RE2, unanchored) that the name must match. */
  readonly namespaceWhitelist?: readonly string[] | undefined;
  /** Namespaces that may not plug in: regular expressions (RE2, unanchored) that match their names. */
  readonly namespaceBlacklist?: readonly string[] | undefined;
  /** The required labels of the plug's namespace. Empty: every namespace. */
  readonly namespaceSelector?: SocketNamespaceSelector | undefined;
}

/** The required labels of the plug's namespace. Empty: every namespace. */
export interface SocketNamespaceSelector {
  /** Labels and their required values. */
  readonly matchLabels?: { readonly [key: string]: string } | undefined;
  /** Requirements for labels. All of them must hold. */
  readonly matchExpressions?: readonly SocketLabelRequirement[] | undefined;
}

/** One requirement for a label. */
export interface SocketLabelRequirement {
  /** The name of the label. */
  readonly key: string;
  /** How Plugboard compares the label with the values. */
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  /** The values for In and NotIn. */
  readonly values?: readonly string[] | undefined;
}

/** One value, read from one field of one object before the config is computed. */
export interface SocketVar {
  /** The name of the value in templates. */
  readonly name: string;
  /** The object to read. It must be in the same namespace. */
  readonly objref: SocketVarObject;
  /** The field to read. */
  readonly fieldref?: SocketVarField | undefined;
}

/** The object to read. It must be in the same namespace. */
export interface SocketVarObject {
  /** The API version of the object, such as v1 or apps/v1. Alternatively, give group and version. */
  readonly apiVersion?: string | undefined;
  /** The API group of the object, if apiVersion is absent. Absent or empty: the core group. */
  readonly group?: string | undefined;
  /** The version in the group, such as v1, if apiVersion is absent. */
  readonly version?: string | undefined;
  /** The kind of the object, such as Service. */
  readonly kind: string;
  /** The name of the object. */
  readonly name?: string | undefined;
  /** The namespace of the object. It must be the same namespace, which is the default. */
  readonly namespace?: string | undefined;
  /** Template of the object's name. It can use plug and socket. */
  readonly templateName?: string | undefined;
  /** Template of the object's namespace. It can use plug and socket, and must render to the same namespace. */
  readonly templateNamespace?: string | undefined;
}

/** The field to read. */
export interface SocketVarField {
  /** A GJSON path, such as spec.ports.0.port, spec.ports.#(name=="pg").port or metadata.annotations.example\.com/tier. Default: metadata.name. */
  readonly fieldPath?: string | undefined;
}

/** Objects to apply or delete at stages of the coupling. */
export interface SocketResource {
  /** The stages at which Plugboard does this. Default: coupled and updated. */
  readonly when?: readonly ("created" | "coupled" | "updated" | "decoupled" | "deleted")[] | undefined;
  /** What Plugboard does with the objects. apply (default): server-side apply. delete: delete. recreate: delete, wait until the object is gone, apply. */
  readonly do?: "apply" | "delete" | "recreate" | undefined;
  /** One object to apply. Each string in it is a separate template, keys included. */
  readonly template?: { readonly [field: string]: unknown } | undefined;
  /** More objects to apply, in this order. Each has the form of `template`. */
  readonly templates?: readonly { readonly [field: string]: unknown }[] | undefined;
  /** The text of one or more YAML documents, rendered as one template. Empty documents are skipped. */
  readonly stringTemplate?: string | undefined;
  /** More texts of YAML documents, in this order. Each has the form of `stringTemplate`. */
  readonly stringTemplates?: readonly string[] | undefined;
  /** Whether the objects stay when the coupling ends. Default: false. */
  readonly preserveWhenDecoupled?: boolean | undefined;
  /** Another name of preserveWhenDecoupled. */
  readonly retainWhenDecoupled?: boolean | undefined;
  /** Paths of fields that Plugboard sets when it creates an object and leaves to other clients afterwards, such as spec.replicas, metadata.annotations.example\.com/note, spec.ports[0].nodePort or spec.containers.*.image. apiVersion, kind, name and namespace are always applied. No effect with `do: recreate`. */
  readonly ignore?: readonly string[] | undefined;
  /** With `do: recreate`: how long Plugboard waits for a running Job or Pod of another coupling to end, in seconds. Default and maximum: 600. */
  readonly recreateWaitSeconds?: number | undefined;
  /** The syntax of the templates of this entry. Default: spec.engine. */
  readonly engine?: "go" | "handlebars" | undefined;
}

/** Objects to apply or delete when results are computed, and each time they change. */
export interface SocketResultResource {
  /** What Plugboard does with the objects. apply (default): server-side apply. delete: delete. recreate: delete, wait until the object is gone, apply. */
  readonly do?: "apply" | "delete" | "recreate" | undefined;
  /** One object to apply. Each string in it is a separate template, keys included. */
  readonly template?: { readonly [field: string]: unknown } | undefined;
  /** More objects to apply, in this order. Each has the form of `template`. */
  readonly templates?: readonly { readonly [field: string]: unknown }[] | undefined;
  /** The text of one or more YAML documents, rendered as one template. Empty documents are skipped. */
  readonly stringTemplate?: string | undefined;
  /** More texts of YAML documents, in this order. Each has the form of `stringTemplate`. */
  readonly stringTemplates?: readonly string[] | undefined;
  /** Whether the objects stay when the coupling ends. Default: false. */
  readonly preserveWhenDecoupled?: boolean | undefined;
  /** Another name of preserveWhenDecoupled. */
  readonly retainWhenDecoupled?: boolean | undefined;
  /** Paths of fields that Plugboard sets when it creates an object and leaves to other clients afterwards, such as spec.replicas, metadata.annotations.example\.com/note, spec.ports[0].nodePort or spec.containers.*.image. apiVersion, kind, name and namespace are always applied. No effect with `do: recreate`. */
  readonly ignore?: readonly string[] | undefined;
  /** With `do: recreate`: how long Plugboard waits for a running Job or Pod of another coupling to end, in seconds. Default and maximum: 600. */
  readonly recreateWaitSeconds?: number | undefined;
  /** The syntax of the templates of this entry. Default: spec.engine. */
  readonly engine?: "go" | "handlebars" | undefined;
}

/** An HTTP service that takes part in the coupling. All fields of a Pod's spec are allowed, and endpoint and idleTimeout. The API server validates the fields of the Pod when Plugboard creates it. */
export interface SocketApparatus {
  /** Where Plugboard calls the apparatus: a path (such as /socket) on the Pod described here, or the URL of a Service in the same namespace. */
  readonly endpoint?: string | undefined;
  /** Seconds without use after which Plugboard removes the Pod. Default: 60. */
  readonly idleTimeout?: number | undefined;
  /** The containers of the Pod. Plugboard calls the port that is named container. */
  readonly containers?: readonly { readonly [field: string]: unknown }[] | undefined;
  readonly [field: string]: unknown;
}

/** The observed state. Only Plugboard writes it. */
export interface SocketStatus {
  /** The conditions Coupled, Failed and Ready. */
  readonly conditions?: readonly SocketCondition[] | undefined;
  /** The generation of the object for which Ready was set. */
  readonly observedGeneration?: number | undefined;
  /** Set while Plugboard does no new work for this object. */
  readonly held?: SocketHeld | undefined;
  /** The coupled plugs, sorted by namespace and name; the first 1,000. */
  readonly coupledPlugs?: readonly SocketCoupledPlug[] | undefined;
  /** The number of coupled plugs. */
  readonly coupledPlugCount?: number | undefined;
  /** The uids of the plugs that have a place, if the socket has a limit. */
  readonly places?: readonly string[] | undefined;
  /** When the created stage was done. */
  readonly createdAt?: string | undefined;
  /** The stage that runs now, and the instance that runs it. */
  readonly stage?: SocketClaim | undefined;
  /** The last failure. Plugboard retries the stage when its input changes, or at retryAt. */
  readonly failure?: SocketFailure | undefined;
  /** The objects that this object reads, awaits or applied, with their observed versions. Plugboard compares the versions to find the stage that is due. */
  readonly refs?: readonly SocketRef[] | undefined;
  /** The apparatus hooks that answered. Plugboard does not call them again for the same revision. */
  readonly hooks?: readonly SocketHook[] | undefined;
  /** Counts stages that ran again without an edit of the plug or the socket. */
  readonly restless?: SocketRestless | undefined;
}

/** One condition. */
export interface SocketCondition {
  /** The name of the condition. */
  readonly type: string;
  /** Whether the condition holds. */
  readonly status: "True" | "False" | "Unknown";
  /** The reason, in one word for programs. */
  readonly reason?: string | undefined;
  /** The reason, in sentences for people. */
  readonly message?: string | undefined;
  /** When the status of the condition last changed. */
  readonly lastTransitionTime?: string | undefined;
  /** The generation of the object for which the condition was set. */
  readonly observedGeneration?: number | undefined;
}

/** Set while Plugboard does no new work for this object. */
export interface SocketHeld {
  /** The reason for the hold. */
  readonly reason: "NotServed";
  /** The generation of the object when the hold was recorded. */
  readonly generation?: number | undefined;
}

/** One coupled plug. */
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

/** The stage that runs now, and the instance that runs it. */
export interface SocketClaim {
  /** The name of the stage. */
  readonly name: string;
  /** The revision on which the stage works. */
  readonly revision?: number | undefined;
  /** The instance that runs the stage. */
  readonly holder: string;
  /** When the claim of the holder ends. The holder renews it before, or stops writing. */
  readonly until: string;
}

/** The last failure. Plugboard retries the stage when its input changes, or at retryAt. */
export interface SocketFailure {
  /** The stage that failed. */
  readonly stage: string;
  /** The revision with which the stage failed; the generation of the object for stages without a revision. */
  readonly revision: number;
  /** The name of the failure. */
  readonly reason: string;
  /** The number of failures. */
  readonly count?: number | undefined;
  /** The number of consecutive rejections or conflicts. */
  readonly attempts?: number | undefined;
  /** The time of the next attempt. */
  readonly retryAt?: string | undefined;
  /** The object that existed when the API server rejected the write. Plugboard retries at once when it changes or is deleted. */
  readonly inWay?: string | undefined;
  /** The code, the reason and the fields of the API server's answer. Plugboard writes one Event for each distinct answer. */
  readonly answer?: string | undefined;
}

/** One object in one role. */
export interface SocketRef {
  /** input: the config or a rendered object depends on it. result: the result depends on it. awaited: a stage waits for it. applied: Plugboard applied it. */
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
  /** The observed version of the object, or `absent`. */
  readonly version?: string | undefined;
  /** The side (plug or socket) of the object. */
  readonly side?: "plug" | "socket" | undefined;
  /** The entry of the spec that applies the object. */
  readonly entry?: string | undefined;
  /** Whether the object stays when the coupling ends. */
  readonly retained?: boolean | undefined;
  /** Whether the object existed before Plugboard applied it. Then Plugboard does not delete it. */
  readonly foreign?: boolean | undefined;
  /** The stage that waits for the object. */
  readonly stage?: string | undefined;
  /** When the stage stops waiting for the object. */
  readonly until?: string | undefined;
}

/** One hook that answered. */
export interface SocketHook {
  /** The revision for which the hook was called. */
  readonly revision: number;
  /** The side whose apparatus answered. */
  readonly side: "plug" | "socket";
  /** The event of the hook. */
  readonly event: "created" | "coupled" | "updated" | "decoupled" | "deleted";
}

/** Counts stages that ran again without an edit of the plug or the socket. */
export interface SocketRestless {
  /** The number of runs. */
  readonly count: number;
  /** When the count started. */
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
