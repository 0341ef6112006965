// What of undici is used here and by the Kubernetes client's configuration. Its index loads fetch, WebSockets, caches and mocks, too.
"use strict";
exports.Agent = require("undici/lib/dispatcher/agent.js");
exports.Client = require("undici/lib/dispatcher/client.js");
exports.Pool = require("undici/lib/dispatcher/pool.js");
exports.ProxyAgent = require("undici/lib/dispatcher/proxy-agent.js");
