// Made from crds/deferred-resource/deferred-resource.yaml by `npm run generate`. Edit that file, not this one.
import type { StoredMeta } from "../parsing/stored-meta.ts";
import type { StructuralSchema } from "../parsing/structural-schema.ts";

/** A DeferredResource applies one object when other objects exist and a time has passed. */
export interface DeferredResource {
  readonly apiVersion: string;
  readonly kind: "DeferredResource";
  readonly metadata: StoredMeta;
  readonly spec: DeferredResourceSpec;
  readonly status?: DeferredResourceStatus | undefined;
}

/** The object to apply, and the objects that must exist before. */
export interface DeferredResourceSpec {
  /** Seconds that must pass after the creation of this object before the resource is applied. */
  readonly timeout?: number | undefined;
  /** Objects in the same namespace that must exist before the resource is applied. */
  readonly waitFor?: readonly DeferredResourceWaitFor[] | undefined;
  /** The object to apply in the same namespace. An object that already exists is not changed. */
  readonly resource: DeferredResourceTemplate;
  /** The service account in the same namespace with which Plugboard applies the resource. */
  readonly serviceAccountName?: string | undefined;
}

/** One object that must exist. */
export interface DeferredResourceWaitFor {
  /** The API version of the object, such as v1 or apps/v1. Alternatively, give group and version. */
  readonly apiVersion?: string | undefined;
  /** The API group of the object, if apiVersion is absent. Absent or empty: the core group. */
  readonly group?: string | undefined;
  /** The version in the group, such as v1, if apiVersion is absent. */
  readonly version?: string | undefined;
  /** The kind of the object. */
  readonly kind: string;
  /** The name of the object. */
  readonly name: string;
}

/** The object to apply in the same namespace. An object that already exists is not changed. */
export interface DeferredResourceTemplate {
  /** The API version of the object. */
  readonly apiVersion: string;
  /** The kind of the object. */
  readonly kind: string;
  /** The metadata of the object. */
  readonly metadata: DeferredResourceTemplateMetadata;
  readonly [field: string]: unknown;
}

/** The metadata of the object. */
export interface DeferredResourceTemplateMetadata {
  /** The name of the object. */
  readonly name: string;
  readonly [field: string]: unknown;
}

/** The observed state. Only Plugboard writes it. */
export interface DeferredResourceStatus {
  /** The condition Resolved. */
  readonly conditions?: readonly DeferredResourceCondition[] | undefined;
  /** The generation of the object for which Resolved was set. */
  readonly observedGeneration?: number | undefined;
  /** Set while Plugboard does no new work for this object. */
  readonly held?: DeferredResourceHeld | undefined;
  /** The object that was applied. It is deleted with the DeferredResource. */
  readonly resource?: DeferredResourceMadeResource | undefined;
  /** The stage that runs now, and the instance that runs it. */
  readonly stage?: DeferredResourceClaim | undefined;
  /** The last failure. Plugboard retries the stage when its input changes, or at retryAt. */
  readonly failure?: DeferredResourceFailure | undefined;
  /** The objects that this object reads, awaits or applied, with their observed versions. Plugboard compares the versions to find the stage that is due. */
  readonly refs?: readonly DeferredResourceRef[] | undefined;
  /** Counts stages that ran again without an edit of the plug or the socket. */
  readonly restless?: DeferredResourceRestless | undefined;
}

/** One condition. */
export interface DeferredResourceCondition {
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
export interface DeferredResourceHeld {
  /** The reason for the hold. */
  readonly reason: "NotServed";
  /** The generation of the object when the hold was recorded. */
  readonly generation?: number | undefined;
}

/** The object that was applied. It is deleted with the DeferredResource. */
export interface DeferredResourceMadeResource {
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
export interface DeferredResourceClaim {
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
export interface DeferredResourceFailure {
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
export interface DeferredResourceRef {
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

/** Counts stages that ran again without an edit of the plug or the socket. */
export interface DeferredResourceRestless {
  /** The number of runs. */
  readonly count: number;
  /** When the count started. */
  readonly since: string;
}

/** The shape of a DeferredResource, for its parser. */
export const deferredResourceSchema: StructuralSchema = {
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
    "resource"
   ],
   "properties": {
    "timeout": {
     "type": "integer"
    },
    "waitFor": {
     "type": "array",
     "items": {
      "type": "object",
      "required": [
       "kind",
       "name"
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
       }
      }
     }
    },
    "resource": {
     "type": "object",
     "required": [
      "apiVersion",
      "kind",
      "metadata"
     ],
     "properties": {
      "apiVersion": {
       "type": "string"
      },
      "kind": {
       "type": "string"
      },
      "metadata": {
       "type": "object",
       "required": [
        "name"
       ],
       "properties": {
        "name": {
         "type": "string"
        }
       }
      }
     }
    },
    "serviceAccountName": {
     "type": "string"
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
    "resource": {
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
