// The part of Handlebars that Plugboard uses: its parser.
"use strict";
module.exports = require("handlebars/dist/cjs/handlebars/compiler/base.js");
