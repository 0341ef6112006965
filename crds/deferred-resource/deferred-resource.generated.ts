// Made from crds/deferred-resource/deferred-resource.yaml by `npm run generate`. Edit that file, not this one.
import type { StoredMeta } from "../parsing/stored-meta.ts";
import type { StructuralSchema } from "../parsing/structural-schema.ts";

/** A DeferredResource applies one object once others exist and a time has passed. */
export interface DeferredResource {
  readonly apiVersion: string;
  readonly kind: "DeferredResource";
  readonly metadata: StoredMeta;
  readonly spec: DeferredResourceSpec;
  readonly status?: DeferredResourceStatus | undefined;
}

/** What is applied, and what for it waits. */
export interface DeferredResourceSpec {
  /** The resource is applied no sooner than so many seconds after this object was created. */
  readonly timeout?: number | undefined;
  /** Objects of the same namespace that must exist before. */
  readonly waitFor?: readonly DeferredResourceWaitFor[] | undefined;
  /** The object to apply, in this namespace. One that exists already is left as it is. */
  readonly resource: DeferredResourceTemplate;
  /** The service account of this namespace as which the resource is applied. */
  readonly serviceAccountName?: string | undefined;
}

/** One object that must exist. */
export interface DeferredResourceWaitFor {
  /** The API version of the object, such as v1 or apps/v1. Instead of it, group and version may be given. */
  readonly apiVersion?: string | undefined;
  /** The API group of the object, where apiVersion is not given; absent or empty is the core group. */
  readonly group?: string | undefined;
  /** The version within the group, such as v1, where apiVersion is not given. */
  readonly version?: string | undefined;
  /** The kind of the object. */
  readonly kind: string;
  /** The name of the object. */
  readonly name: string;
}

/** The object to apply, in this namespace. One that exists already is left as it is. */
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

/** What became of it, as observed. */
export interface DeferredResourceStatus {
  /** What holds and what does not: Resolved. */
  readonly conditions?: readonly DeferredResourceCondition[] | undefined;
  /** The generation of the object on which Resolved was judged. */
  readonly observedGeneration?: number | undefined;
  /** Set while Plugboard makes nothing new for this object. */
  readonly held?: DeferredResourceHeld | undefined;
  /** The object that was made here, and goes with this one. */
  readonly resource?: DeferredResourceMadeResource | undefined;
  /** The stage that runs now, and who runs it. */
  readonly stage?: DeferredResourceClaim | undefined;
  /** The failure on record: its stage is not tried again until what it was judged on changes, or until retryAt where that is set. */
  readonly failure?: DeferredResourceFailure | undefined;
  /** The objects this one has to do with, and the versions at which they were seen: all that is compared to know what is due. */
  readonly refs?: readonly DeferredResourceRef[] | undefined;
  /** How often stages ran again although nobody edited plug or socket. */
  readonly restless?: DeferredResourceRestless | undefined;
}

/** One thing that is true or false of the object. */
export interface DeferredResourceCondition {
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
export interface DeferredResourceHeld {
  /** The reason for the hold. */
  readonly reason: "NotServed";
  /** The generation of the object when the hold was recorded. */
  readonly generation?: number | undefined;
}

/** The object that was made here, and goes with this one. */
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

/** The stage that runs now, and who runs it. */
export interface DeferredResourceClaim {
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
export interface DeferredResourceFailure {
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
export interface DeferredResourceRef {
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

/** How often stages ran again although nobody edited plug or socket. */
export interface DeferredResourceRestless {
  /** How often. */
  readonly count: number;
  /** Since when. */
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
