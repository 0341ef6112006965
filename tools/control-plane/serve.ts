import {
  type ControlPlaneAddress,
  type ControlPlaneSettings,
  endingSignal,
  startControlPlane,
} from "./control-plane.ts";

/** The messages to the process that forked this one: "ready" or "failed" once, then "restarted" for each message. */
export type Report =
  | { readonly kind: "ready"; readonly address: ControlPlaneAddress }
  | { readonly kind: "restarted" }
  | { readonly kind: "failed"; readonly message: string };

/**
 * Runs a control plane for the process that forked this one.
 * Ends it when that process ends: the channel between them closes even after a SIGKILL.
 */
async function serve(settings: ControlPlaneSettings): Promise<void> {
  const disconnected = new Promise<void>((resolve) => process.once("disconnect", () => resolve()));
  const released = Promise.race([disconnected, endingSignal()]);
  const plane = await startControlPlane(settings);
  report({ kind: "ready", address: plane.address });
  const { promise: broken, reject } = Promise.withResolvers<never>();
  process.on("message", () => plane.restartApiServer().then(() => report({ kind: "restarted" }), reject));
  const failure = await Promise.race([released, plane.failed, broken]);
  await plane.stop();
  if (failure !== undefined) throw failure;
}

function report(message: Report): void {
  if (process.connected) process.send?.(message);
}

/** The settings from the process that forked this one. */
function settingsGiven(): ControlPlaneSettings {
  return JSON.parse(process.argv[2] ?? "");
}

try {
  await serve(settingsGiven());
  process.exit(0);
} catch (error) {
  report({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  console.error(error);
  process.exit(1);
}
