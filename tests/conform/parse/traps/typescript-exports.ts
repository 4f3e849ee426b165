import A = require("./a.js");
import type B = require("./b.js");
export import C = require("./c.js");
import D = A.D;
export import E = A.E;
export declare const f: string, g: number;
export const enum H { I }
export abstract class J {}
export default interface K {}
export type { L } from "./l.js";
export { type M, N } from "./m.js";
export { type O } from "./o.js";
import { type P } from "./p.js";
import { type Q, R } from "./q.js";
import type { default as U } from "./u.js";
import type from "./type.js";
import type, { V } from "./type2.js";
import type X from "./x.js";
import type as from "./no.js";
export {};
