export type * from "./types.js";
export type * as types from "./more.js";
export * from "./values.js";
