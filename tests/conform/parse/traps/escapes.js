import "./\u0061\x62\
c.js";
import { a } from './it\'s.js';
export * from "./\u{1F600}.js";
import("./tab\t.js");
require("./\x41.js");
export { a as "\u0062" };
