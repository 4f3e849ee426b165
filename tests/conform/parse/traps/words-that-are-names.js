import x from "./x.js";
const o = { import: 1, export: 2, require: 3, from: 4, import() {}, get export() { return 1; }, async *require() {} };
o.import("no"); o.export; o.require("no"); o?.import("no"); o?.require("no"); o.
import("no");
class C { #import() {} static export = 1; import(a) { this.#import(a); } require() { return this.require("no"); } static { x.import("no"); } }
o.module = { exports: 1 };
const { import: imp, export: exp, require: req } = o;
const exporting = 1, imported = 2, $import = 3, import_ = 4, requires = 5, _require = (a) => a;
_require("no"); o["import"]("no"); o[`require`]("no");
export { imp, exp, req, exporting, imported, $import, import_, requires, C };
