// Loads the HTTP/2 client at the first connection that uses HTTP/2.
"use strict";
module.exports = (...connection) => require("undici/lib/dispatcher/client-h2.js")(...connection);
