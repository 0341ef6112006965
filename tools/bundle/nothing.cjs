// Stands where something is left out: see lean-dependencies.ts.
"use strict";
