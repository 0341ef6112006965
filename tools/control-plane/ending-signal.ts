/**
 * Settles when this process is asked to end.
 * It listens until the end: a listener that is gone while envtest's own one looks around makes that one end the
 * process at once, before anything is stopped.
 */
export function endingSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => resolve());
  });
}
