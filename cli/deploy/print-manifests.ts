import { type ObjectFormat, printObjects } from "../show/print-objects.ts";
import { readDescriptor } from "./descriptor.ts";
import { renderManifests, type Wanted } from "./render.ts";
import { defaultValues, describeKeys } from "./values/values.ts";

/** `plugboard manifests`: everything that runs Plugboard, to be applied as it is; or, with `--set help`, what may be set. @throws UsageError */
export function printManifests(wanted: Wanted, format: ObjectFormat): string {
  const descriptor = readDescriptor();
  if (wanted.settings.includes("help")) return describeKeys(defaultValues(descriptor));
  return printObjects(renderManifests(descriptor, wanted), format);
}
