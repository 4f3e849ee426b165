import type from from "./from.js";
import type, { V } from "./type.js";
import { type as as } from "./as.js";
import { type as } from "./typed-as.js";
import {} from "./empty.js";
import type {} from "./empty-type.js";
export {} from "./empty-export.js";
export type {} from "./empty-type-export.js";
export namespace N { export const inner = 1; export import M = N; }
export declare namespace O { type P = string; }
export type Q = string; export interface R {} export enum S {} export declare class T {}
export function over(a: string): void; export function over(a: any) {}
export const { a, b: { c = 1, ...d }, ...e } = V as any, [g, , [h = 2], ...i] = V as any;
export as namespace Global;
declare global { interface Window { inner: import("./window.js").W } export {} }
declare module "./augmented.js" { export const z: string; }
export async function* gen() {} export class Both {} export interface Both {}
export { from, as, a as default };
