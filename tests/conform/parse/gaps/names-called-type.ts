declare const type: string, lazy: number;
export { lazy, type, type Ark } from "./ark.js";
export { type as interface };
export { type type as other, type as as as2 } from "./odd.js";
import { type, type as as3 } from "./odd.js";
interface Local {}
export { type Local };
