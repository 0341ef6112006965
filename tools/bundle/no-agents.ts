/**
 * Stand where the Kubernetes client's configuration imports agents and its generated API: it makes agents for whoever
 * wants to use them, and we do not.
 */
export class HttpProxyAgent {}
export class HttpsProxyAgent {}
export class SocksProxyAgent {}
export class SocksClient {}
export class ServerConfiguration {}
export const createConfiguration = undefined;
