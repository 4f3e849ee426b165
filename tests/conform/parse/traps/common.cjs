"use strict";
const a = require("./a"), { b } = require('./b'), c = require(`./c`), d = require("./d").default;
try { require("./optional"); } catch {}
const e = require.resolve("./e"), f = typeof require === "function" && require("./f");
if (process.env.X) { module.exports = require("./x"); } else { exports.y = 1; }
function lazy() { return require("./lazy")(); }
require(a); require("./" + a); a.require("no"); require.cache; require.main === module;
Object.defineProperty(exports, "__esModule", { value: true });
import("./dynamic.js");
return;
