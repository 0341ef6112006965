// Made from crds/plug/plug.yaml by `npm run generate`. Edit that file, not this one.
import type { StoredMeta } from "../parsing/stored-meta.ts";
import type { StructuralSchema } from "../parsing/structural-schema.ts";

/** A Plug requests an integration that a Socket offers. It gives the config of the application, and the objects that the application needs. */
export interface Plug {
  readonly apiVersion: string;
  readonly kind: "Plug";
  readonly metadata: StoredMeta;
  readonly spec: PlugSpec;
  readonly status?: PlugStatus | undefined;
}

/** The integration that the application requests, and its config. */
export interface PlugSpec {
  /** The socket to which the plug couples. */
  readonly socket: PlugSocketName;
  /** The interface that the plug requires. If the socket offers another interface, or a version outside the range, the plug waits with the reason InterfaceMismatch. */
  readonly interface?: PlugInterface | undefined;
  /** Keys and values for templates and the apparatus, available before the config is computed. All values are strings: quote numbers and booleans. */
  readonly data?: { readonly [key: string]: string } | undefined;
  /** ConfigMap in the plug's namespace that supplies data; its keys take precedence over `data`. */
  readonly dataConfigMapName?: string | undefined;
  /** Secret in the plug's namespace that supplies data; keys in `data` take precedence. */
  readonly dataSecretName?: string | undefined;
  /** Values that are read from objects in the same namespace, for configTemplate and the apparatus' /config. */
  readonly vars?: readonly PlugVar[] | undefined;
  /** Values that are read from objects in the same namespace, for resultTemplate. */
  readonly resultVars?: readonly PlugVar[] | undefined;
  /** The plug's config. All values are strings: quote numbers and booleans. Sources are merged in this order, and later ones take precedence: Secret, config, configTemplate, ConfigMap, apparatus. */
  readonly config?: { readonly [key: string]: string } | undefined;
  /** ConfigMap in the plug's namespace whose keys become config. */
  readonly configConfigMapName?: string | undefined;
  /** Secret in the plug's namespace whose keys become config. Its values are sensitive. */
  readonly configSecretName?: string | undefined;
  /** Computed config. Each value is a template that can use plug, socket, plugData, socketData and vars. */
  readonly configTemplate?: { readonly [key: string]: string } | undefined;
  /** The plug's result. All values are strings: quote numbers and booleans. Sources are merged in this order, and later ones take precedence: Secret, result, resultTemplate, ConfigMap. */
  readonly result?: { readonly [key: string]: string } | undefined;
  /** ConfigMap in the plug's namespace whose keys become result. */
  readonly resultConfigMapName?: string | undefined;
  /** Secret in the plug's namespace whose keys become result. Its values are sensitive. */
  readonly resultSecretName?: string | undefined;
  /** Computed result. Each value is a template that can use plug, socket, the data and configs of both sides, and resultVars. */
  readonly resultTemplate?: { readonly [key: string]: string } | undefined;
  /** Objects that Plugboard applies or deletes in the plug's namespace at stages of the coupling. */
  readonly resources?: readonly PlugResource[] | undefined;
  /** Objects that Plugboard applies or deletes in the plug's namespace when results are computed. Their templates can use the results, too. */
  readonly resultResources?: readonly PlugResultResource[] | undefined;
  /** An HTTP service that takes part in the coupling. All fields of a Pod's spec are allowed, and endpoint and idleTimeout. The API server validates the fields of the Pod when Plugboard creates it. */
  readonly apparatus?: PlugApparatus | undefined;
  /** The service account in the plug's namespace with which Plugboard applies and deletes objects and reads vars. Default: default. */
  readonly serviceAccountName?: string | undefined;
  /** Change this value to update the coupling. */
  readonly epoch?: string | undefined;
  /** What templates here do with a value that does not exist. print: continue (Go's syntax prints that there is none, Handlebars nothing). error: fail. Default: error if the socket's interface has a name, otherwise the operator's --missing-values (print). */
  readonly missingValues?: "print" | "error" | undefined;
  /** The syntax of all templates here. go (default): Go's text/template between {% and %}. handlebars: Handlebars between {{ and }}. */
  readonly engine?: "go" | "handlebars" | undefined;
}

/** The socket to which the plug couples. */
export interface PlugSocketName {
  /** The name of the socket. */
  readonly name: string;
  /** The namespace of the socket. Default: the plug's own. */
  readonly namespace?: string | undefined;
}

/** The interface that the plug requires. If the socket offers another interface, or a version outside the range, the plug waits with the reason InterfaceMismatch. */
export interface PlugInterface {
  /** The required name of the socket's interface. */
  readonly name?: string | undefined;
  /** The required version of the socket's interface, as a range in npm's syntax (1.x, ^1.2, >=1 <3). */
  readonly version?: string | undefined;
}

/** One value, read from one field of one object before the config is computed. */
export interface PlugVar {
  /** The name of the value in templates. */
  readonly name: string;
  /** The object to read. It must be in the same namespace. */
  readonly objref: PlugVarObject;
  /** The field to read. */
  readonly fieldref?: PlugVarField | undefined;
}

/** The object to read. It must be in the same namespace. */
export interface PlugVarObject {
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
export interface PlugVarField {
  /** A GJSON path, such as spec.ports.0.port, spec.ports.#(name=="pg").port or metadata.annotations.example\.com/tier. Default: metadata.name. */
  readonly fieldPath?: string | undefined;
}

/** Objects to apply or delete at stages of the coupling. */
export interface PlugResource {
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
export interface PlugResultResource {
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
export interface PlugApparatus {
  /** Where Plugboard calls the apparatus: a path (such as /socket) on the Pod described here, or the URL of a Service in the same namespace. */
  readonly endpoint?: string | undefined;
  /** Seconds without use after which Plugboard removes the Pod. Default: 60. */
  readonly idleTimeout?: number | undefined;
  /** The containers of the Pod. Plugboard calls the port that is named container. */
  readonly containers?: readonly { readonly [field: string]: unknown }[] | undefined;
  readonly [field: string]: unknown;
}

/** The observed state. Only Plugboard writes it. */
export interface PlugStatus {
  /** The conditions Coupled, Failed, ConfigResolved and Ready. */
  readonly conditions?: readonly PlugCondition[] | undefined;
  /** The generation of the object for which Ready was set. */
  readonly observedGeneration?: number | undefined;
  /** Set while Plugboard does no new work for this object. */
  readonly held?: PlugHeld | undefined;
  /** The socket to which the plug is coupled. Set before the first effect of a coupling, removed after the last one. */
  readonly coupledSocket?: PlugCoupledSocket | undefined;
  /** The results of the coupling. Sensitive values are replaced by (sensitive). */
  readonly coupledResult?: PlugCoupledResult | undefined;
  /** When the created stage was done. */
  readonly createdAt?: string | undefined;
  /** The number of the newest revision. It grows when the resolved config or a rendered object changes. */
  readonly revision?: number | undefined;
  /** The name of the snapshot that holds this revision. */
  readonly snapshot?: string | undefined;
  /** The revision that was performed completely. */
  readonly performed?: PlugPerformed | undefined;
  /** The revision for which the result was computed. */
  readonly result?: PlugResultComputed | undefined;
  /** A digest of the rules and the namespace labels with which the plug was admitted. */
  readonly admitted?: string | undefined;
  /** The stage that runs now, and the instance that runs it. */
  readonly stage?: PlugClaim | undefined;
  /** The last failure. Plugboard retries the stage when its input changes, or at retryAt. */
  readonly failure?: PlugFailure | undefined;
  /** The objects that this object reads, awaits or applied, with their observed versions. Plugboard compares the versions to find the stage that is due. */
  readonly refs?: readonly PlugRef[] | undefined;
  /** The apparatus hooks that answered. Plugboard does not call them again for the same revision. */
  readonly hooks?: readonly PlugHook[] | undefined;
  /** Limits how often the plug gets a new revision. */
  readonly revisionPace?: PlugRevisionPace | undefined;
  /** Counts stages that ran again without an edit of the plug or the socket. */
  readonly restless?: PlugRestless | undefined;
}

/** One condition. */
export interface PlugCondition {
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
export interface PlugHeld {
  /** The reason for the hold. */
  readonly reason: "Paused" | "NotServed" | "Malformed" | "NotAdopted" | "FormerCouplingEnding";
  /** The generation of the object when the hold was recorded. */
  readonly generation?: number | undefined;
}

/** The socket to which the plug is coupled. Set before the first effect of a coupling, removed after the last one. */
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

/** The results of the coupling. Sensitive values are replaced by (sensitive). */
export interface PlugCoupledResult {
  /** The plug's result. */
  readonly plug?: { readonly [key: string]: string } | undefined;
  /** The socket's result. */
  readonly socket?: { readonly [key: string]: string } | undefined;
  /** The generation of the plug for which the results were computed. */
  readonly observedGeneration?: number | undefined;
}

/** The revision that was performed completely. */
export interface PlugPerformed {
  /** The revision that was performed. */
  readonly revision: number;
  /** The uid of the socket for which the revision was performed. */
  readonly socketUid: string;
  /** The name of the snapshot that holds the revision. */
  readonly snapshot?: string | undefined;
  /** The generation of the plug from which the revision was resolved. */
  readonly generation?: number | undefined;
}

/** The revision for which the result was computed. */
export interface PlugResultComputed {
  /** The performed revision for which the result was computed. */
  readonly revision: number;
  /** true: the result was computed. Absent: it is pending or failed. */
  readonly computed?: boolean | undefined;
}

/** The stage that runs now, and the instance that runs it. */
export interface PlugClaim {
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
export interface PlugFailure {
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
export interface PlugRef {
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
export interface PlugHook {
  /** The revision for which the hook was called. */
  readonly revision: number;
  /** The side whose apparatus answered. */
  readonly side: "plug" | "socket";
  /** The event of the hook. */
  readonly event: "created" | "coupled" | "updated" | "decoupled" | "deleted";
}

/** Limits how often the plug gets a new revision. */
export interface PlugRevisionPace {
  /** Moves 20 s forward with each revision. The next revision waits while this time is too far in the future. */
  readonly paidUntil: string;
  /** When the next revision is made. Absent if none waits. */
  readonly waitsUntil?: string | undefined;
}

/** Counts stages that ran again without an edit of the plug or the socket. */
export interface PlugRestless {
  /** The number of runs. */
  readonly count: number;
  /** When the count started. */
  readonly since: string;
  /** The objects that change repeatedly. */
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
