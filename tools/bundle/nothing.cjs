// Replaces modules that are left out: see lean-dependencies.ts.
"use strict";
