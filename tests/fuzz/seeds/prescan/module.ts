"use client"; // directives
import type { A } from "./a" with { type: "json" };
import b = require("./b");
export async function* load<T extends { a: 1 }>(x: T): Promise<U> { try { await import("./c"); } catch {} }
export const big: Map<A, B> = { x: 10 / 2, y: `a${{ b: `${require("d")}` }}` }, small = 1;
export const { p, q: [r] } = f, s = <T = 1>() => 1
export type W<A> = typeof import("x").y;
export = z;
await using y = x!/2;
