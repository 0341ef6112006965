// Made from crds/plug/plug.yaml by `npm run generate`. Edit that file, not this one.
import type { StoredMeta } from "../parsing/stored-meta.ts";
import type { StructuralSchema } from "../parsing/structural-schema.ts";

/** A Plug asks for integration with what a Socket offers, and says what the asking application brings and needs. */
export interface Plug {
  readonly apiVersion: string;
  readonly kind: "Plug";
  readonly metadata: StoredMeta;
  readonly spec: PlugSpec;
  readonly status?: PlugStatus | undefined;
}

/** What the application needs, and what it brings. */
export interface PlugSpec {
  /** The socket the plug couples to. */
  readonly socket: PlugSocketName;
  /** The interface the plug expects of its socket. A socket of another interface, or of a version outside the range, is refused with InterfaceMismatch. */
  readonly interface?: PlugInterface | undefined;
  /** Free key-values for templates and the apparatus, used before the config is known. Strings: quote numbers and booleans. */
  readonly data?: { readonly [key: string]: string } | undefined;
  /** A ConfigMap of the plug's namespace whose keys override data. */
  readonly dataConfigMapName?: string | undefined;
  /** A Secret of the plug's namespace whose keys data overrides. */
  readonly dataSecretName?: string | undefined;
  /** Values read from objects of the own namespace, for configTemplate and the apparatus' /config. */
  readonly vars?: readonly PlugVar[] | undefined;
  /** Values read from objects of the own namespace, for resultTemplate. */
  readonly resultVars?: readonly PlugVar[] | undefined;
  /** The plug's config, given directly. Strings: quote numbers and booleans. Merged: Secret, then config, then configTemplate, then ConfigMap, then the apparatus; the later wins. */
  readonly config?: { readonly [key: string]: string } | undefined;
  /** A ConfigMap of the plug's namespace whose keys become config. */
  readonly configConfigMapName?: string | undefined;
  /** A Secret of the plug's namespace whose keys become config, and are sensitive. */
  readonly configSecretName?: string | undefined;
  /** Config that is computed: each value is a template that sees plug, socket, plugData, socketData and vars. */
  readonly configTemplate?: { readonly [key: string]: string } | undefined;
  /** The plug's result, given directly. Strings: quote numbers and booleans. Merged: Secret, then result, then resultTemplate, then ConfigMap; the later wins. */
  readonly result?: { readonly [key: string]: string } | undefined;
  /** A ConfigMap of the plug's namespace whose keys become result. */
  readonly resultConfigMapName?: string | undefined;
  /** A Secret of the plug's namespace whose keys become result, and are sensitive. */
  readonly resultSecretName?: string | undefined;
  /** Result that is computed: each value is a template that sees plug, socket, both data, both configs and resultVars. */
  readonly resultTemplate?: { readonly [key: string]: string } | undefined;
  /** Objects that are applied or deleted in the plug's namespace at stages of the coupling's life. */
  readonly resources?: readonly PlugResource[] | undefined;
  /** Objects that are applied or deleted in the plug's namespace once results are computed; their templates see the results too. */
  readonly resultResources?: readonly PlugResultResource[] | undefined;
  /** An HTTP service that takes part in the coupling: the schema of a Pod's spec, all of it, with an endpoint beside. The API server judges the Pod's fields when the Pod is made. */
  readonly apparatus?: PlugApparatus | undefined;
  /** The service account of the plug's namespace as which objects are applied and deleted and vars are read. Default: default. */
  readonly serviceAccountName?: string | undefined;
  /** Any change of it makes the coupling update. */
  readonly epoch?: string | undefined;
  /** What a template here does with a value that is not there: print goes on (Go's syntax prints that there is no value, Handlebars nothing), error refuses it. Default: error if the socket's interface has a name, otherwise as the operator is started (print). */
  readonly missingValues?: "print" | "error" | undefined;
  /** The syntax of all templates here: go is Go's text/template between {% and %} (the default), handlebars is Handlebars between {{ and }}. */
  readonly engine?: "go" | "handlebars" | undefined;
}

/** The socket the plug couples to. */
export interface PlugSocketName {
  /** The name of the socket. */
  readonly name: string;
  /** The namespace of the socket. Default: the plug's own. */
  readonly namespace?: string | undefined;
}

/** The interface the plug expects of its socket. A socket of another interface, or of a version outside the range, is refused with InterfaceMismatch. */
export interface PlugInterface {
  /** The name the socket's interface must have. */
  readonly name?: string | undefined;
  /** The range of versions (as npm writes it: 1.x, ^1.2, >=1 <3) the socket's interface must be in. */
  readonly version?: string | undefined;
}

/** One value read from one field of one object, before the config is computed. */
export interface PlugVar {
  /** The name under which templates see the value. */
  readonly name: string;
  /** The object that is read: always one of the owner's own namespace. */
  readonly objref: PlugVarObject;
  /** The field that is read. */
  readonly fieldref?: PlugVarField | undefined;
}

/** The object that is read: always one of the owner's own namespace. */
export interface PlugVarObject {
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
export interface PlugVarField {
  /** A GJSON path, such as spec.ports.0.port, spec.ports.#(name=="pg").port or metadata.annotations.example\.com/tier. Default: metadata.name. */
  readonly fieldPath?: string | undefined;
}

/** Objects of which something is done at stages of the coupling's life. */
export interface PlugResource {
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
export interface PlugResultResource {
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
export interface PlugApparatus {
  /** Where the apparatus is called: a path (such as /socket) on the Pod described here, or the URL of a Service of the owner's own namespace. */
  readonly endpoint?: string | undefined;
  /** After so many seconds without use the Pod is removed. Default: 60. */
  readonly idleTimeout?: number | undefined;
  /** The containers of the Pod. The port named container is the one that is called. */
  readonly containers?: readonly { readonly [field: string]: unknown }[] | undefined;
  readonly [field: string]: unknown;
}

/** What became of it, as observed. */
export interface PlugStatus {
  /** What holds and what does not: Coupled, Failed, ConfigResolved and Ready. */
  readonly conditions?: readonly PlugCondition[] | undefined;
  /** The generation of the object on which Ready was judged. */
  readonly observedGeneration?: number | undefined;
  /** Set while Plugboard makes nothing new for this object. */
  readonly held?: PlugHeld | undefined;
  /** The socket it is coupled to. Set before the first effect of a coupling, cleared after the last. */
  readonly coupledSocket?: PlugCoupledSocket | undefined;
  /** The results of the coupling, sensitive values as (sensitive). */
  readonly coupledResult?: PlugCoupledResult | undefined;
  /** When its created stage was done. */
  readonly createdAt?: string | undefined;
  /** Counts the changes of the effective outcome. */
  readonly revision?: number | undefined;
  /** The name of the snapshot that holds revision. */
  readonly snapshot?: string | undefined;
  /** What of the outcome was performed to its end. */
  readonly performed?: PlugPerformed | undefined;
  /** For what the result was computed. */
  readonly result?: PlugResultComputed | undefined;
  /** A digest of the rules and the namespace's labels by which it was admitted. */
  readonly admitted?: string | undefined;
  /** The stage that runs now, and who runs it. */
  readonly stage?: PlugClaim | undefined;
  /** The failure on record: its stage is not tried again until what it was judged on changes, or until retryAt where that is set. */
  readonly failure?: PlugFailure | undefined;
  /** The objects this one has to do with, and the versions at which they were seen: all that is compared to know what is due. */
  readonly refs?: readonly PlugRef[] | undefined;
  /** The apparatus hooks that answered, which are not called again for their revision. */
  readonly hooks?: readonly PlugHook[] | undefined;
  /** Limits how often the plug gets a new revision, whoever causes it. */
  readonly revisionPace?: PlugRevisionPace | undefined;
  /** How often stages ran again although nobody edited plug or socket. */
  readonly restless?: PlugRestless | undefined;
}

/** One thing that is true or false of the object. */
export interface PlugCondition {
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
export interface PlugHeld {
  /** The reason for the hold. */
  readonly reason: "Paused" | "NotServed" | "Malformed" | "NotAdopted" | "FormerCouplingEnding";
  /** The generation of the object when the hold was recorded. */
  readonly generation?: number | undefined;
}

/** The socket it is coupled to. Set before the first effect of a coupling, cleared after the last. */
export interface PlugCoupledSocket {
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

/** The results of the coupling, sensitive values as (sensitive). */
export interface PlugCoupledResult {
  /** The plug's result. */
  readonly plug?: { readonly [key: string]: string } | undefined;
  /** The socket's result. */
  readonly socket?: { readonly [key: string]: string } | undefined;
  /** The generation of the plug for which results were computed. */
  readonly observedGeneration?: number | undefined;
}

/** What of the outcome was performed to its end. */
export interface PlugPerformed {
  /** The revision that was performed. */
  readonly revision: number;
  /** The uid of the socket for which it was performed. */
  readonly socketUid: string;
  /** The name of the snapshot that holds it. */
  readonly snapshot?: string | undefined;
  /** The generation of the plug from which it was resolved. */
  readonly generation?: number | undefined;
}

/** For what the result was computed. */
export interface PlugResultComputed {
  /** The performed revision it was computed for. */
  readonly revision: number;
  /** True if the result was computed; absent while it is pending or failed. */
  readonly computed?: boolean | undefined;
}

/** The stage that runs now, and who runs it. */
export interface PlugClaim {
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
export interface PlugFailure {
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
export interface PlugRef {
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
export interface PlugHook {
  /** The revision it was called for. */
  readonly revision: number;
  /** Whose apparatus answered. */
  readonly side: "plug" | "socket";
  /** What it was told. */
  readonly event: "created" | "coupled" | "updated" | "decoupled" | "deleted";
}

/** Limits how often the plug gets a new revision, whoever causes it. */
export interface PlugRevisionPace {
  /** Grows with each revision. A new revision waits while this is too far ahead. */
  readonly paidUntil: string;
  /** The next revision waits until then. Absent if it does not wait. */
  readonly waitsUntil?: string | undefined;
}

/** How often stages ran again although nobody edited plug or socket. */
export interface PlugRestless {
  /** How often. */
  readonly count: number;
  /** Since when. */
  readonly since: string;
  /** What is seen to keep changing. */
  readonly by?: string | undefined;
  /** True while Ready has the reason Contested. */
  readonly contested?: boolean | undefined;
}

/** The shape of a Plug, for its parser. */
export const plugSchema: StructuralSchema = {
 "type": "object",
 "required": [
  "spec"
 ],
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
   "required": [
    "socket"
   ],
   "properties": {
    "socket": {
     "type": "object",
     "required": [
      "name"
     ],
     "properties": {
      "name": {
       "type": "string"
      },
      "namespace": {
       "type": "string"
      }
     }
    },
    "interface": {
     "type": "object",
     "properties": {
      "name": {
       "type": "string"
      },
      "version": {
       "type": "string"
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
        "Paused",
        "NotServed",
        "Malformed",
        "NotAdopted",
        "FormerCouplingEnding"
       ]
      },
      "generation": {
       "type": "integer"
      }
     }
    },
    "coupledSocket": {
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
    },
    "coupledResult": {
     "type": "object",
     "properties": {
      "plug": {
       "type": "object",
       "additionalProperties": {
        "type": "string"
       }
      },
      "socket": {
       "type": "object",
       "additionalProperties": {
        "type": "string"
       }
      },
      "observedGeneration": {
       "type": "integer"
      }
     }
    },
    "createdAt": {
     "type": "string"
    },
    "revision": {
     "type": "integer"
    },
    "snapshot": {
     "type": "string"
    },
    "performed": {
     "type": "object",
     "required": [
      "revision",
      "socketUid"
     ],
     "properties": {
      "revision": {
       "type": "integer"
      },
      "socketUid": {
       "type": "string"
      },
      "snapshot": {
       "type": "string"
      },
      "generation": {
       "type": "integer"
      }
     }
    },
    "result": {
     "type": "object",
     "required": [
      "revision"
     ],
     "properties": {
      "revision": {
       "type": "integer"
      },
      "computed": {
       "type": "boolean"
      }
     }
    },
    "admitted": {
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
    "revisionPace": {
     "type": "object",
     "required": [
      "paidUntil"
     ],
     "properties": {
      "paidUntil": {
       "type": "string"
      },
      "waitsUntil": {
       "type": "string"
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
      },
      "by": {
       "type": "string"
      },
      "contested": {
       "type": "boolean"
      }
     }
    }
   }
  }
 }
};
