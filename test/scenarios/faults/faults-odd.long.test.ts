import { describeEveryFault } from "./every-fault.ts";
import { scenarios } from "./scenarios.ts";

// Half of them, so that two cores share the work.
describeEveryFault(scenarios.filter((_, index) => index % 2 === 1));
