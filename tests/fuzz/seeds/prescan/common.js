#!/usr/bin/env node
"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.a = exports["b"] = void 0;
__exportStar(require("./x"), exports);
0 && (module.exports = { a, b: 1, ...require("d") });
exports[key] = from[key];
if (a) /re"[/]/.test(b) <!-- c
