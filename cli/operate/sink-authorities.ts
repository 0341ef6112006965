import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";

/** Whom a sink's certificate may be signed by beside the system's authorities. */
export interface AuthoritySources {
  /** Certificates as PEM. */
  readonly pem: string | undefined;
  /** A folder of PEM files, as Knative mounts its trust bundles; it need not be there. */
  readonly folder: string;
}

/** All authorities to trust; undefined where there are none but the system's. */
export function sinkAuthorities({ pem, folder }: AuthoritySources): readonly string[] | undefined {
  const given = [...(pem === undefined ? [] : [pem]), ...filesIn(folder).map((file) => readFileSync(file, "utf8"))];
  return given.length === 0 ? undefined : [...rootCertificates, ...given];
}

function filesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(pem|crt)$/.test(path))
    .map((path) => join(folder, path));
}
