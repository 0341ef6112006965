// What of Handlebars is used here: its parser.
"use strict";
module.exports = require("handlebars/dist/cjs/handlebars/compiler/base.js");
