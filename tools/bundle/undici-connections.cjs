// What of undici is used here and by the Kubernetes client's configuration. Its index loads fetch, WebSockets, caches and mocks, too.
"use strict";
const Dispatcher = require("undici/lib/dispatcher/dispatcher.js");
// As its index does: request, connect and the like are methods of every dispatcher.
Object.assign(Dispatcher.prototype, require("undici/lib/api/index.js"));
exports.Agent = require("undici/lib/dispatcher/agent.js");
exports.Client = require("undici/lib/dispatcher/client.js");
exports.Pool = require("undici/lib/dispatcher/pool.js");
exports.ProxyAgent = require("undici/lib/dispatcher/proxy-agent.js");
