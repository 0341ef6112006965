/**
 * Replacements for the agents and the generated API, which the Kubernetes client's configuration imports.
 * Plugboard uses neither.
 */
export class HttpProxyAgent {}
export class HttpsProxyAgent {}
export class SocksProxyAgent {}
export class SocksClient {}
export class ServerConfiguration {}
export const createConfiguration = undefined;
