// Moved by hand, as the testkit's clock is.
export { type HandClock, handClock, settle } from "../../operator/testkit/hand-clock.ts";
