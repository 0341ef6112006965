import semver from "semver";

interface Named {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
}

/**
 * Why a plug that names an interface cannot use what the socket offers, in one sentence; undefined when it can.
 * The plug's version is a range as npm writes it; the socket's is one version (semver.org 2.0).
 */
export function interfaceMismatch(wanted: Named | undefined, offered: Named | undefined): string | undefined {
  if (wanted?.name !== undefined && wanted.name !== offered?.name) {
    return `the plug asks for interface ${wanted.name}, the socket offers ${offered?.name ?? "one without a name"}`;
  }
  if (wanted?.version === undefined) return undefined;
  if (semver.validRange(wanted.version) === null)
    return `the plug's spec.interface.version ${JSON.stringify(wanted.version)} is not a version range such as ^1.2`;
  if (offered?.version === undefined)
    return `the plug asks for interface version ${wanted.version}, the socket names none`;
  if (semver.satisfies(offered.version, wanted.version)) return undefined;
  return `the plug asks for interface version ${wanted.version}, the socket offers ${offered.version}`;
}
