import { "a b" as ab } from "./strings.js";
export { ab as "c d" };
export * as "e f" from "./strings.js";
export { "a b" as "g h" } from "./strings.js";
