// The parts of undici that Plugboard and the Kubernetes client's configuration use.
// The index of undici also loads fetch, WebSockets, caches and mocks.
"use strict";
const Dispatcher = require("undici/lib/dispatcher/dispatcher.js");
// As the index of undici does: request, connect and others are methods of every dispatcher.
Object.assign(Dispatcher.prototype, require("undici/lib/api/index.js"));
exports.Agent = require("undici/lib/dispatcher/agent.js");
exports.Client = require("undici/lib/dispatcher/client.js");
exports.Pool = require("undici/lib/dispatcher/pool.js");
exports.ProxyAgent = require("undici/lib/dispatcher/proxy-agent.js");
