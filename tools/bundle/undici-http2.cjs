// Loads what speaks HTTP/2 when a connection does.
"use strict";
module.exports = (...connection) => require("undici/lib/dispatcher/client-h2.js")(...connection);
