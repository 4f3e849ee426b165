const _null = 1;
const delete_ = 2;
export { _null as null, delete_ as delete };
export { a as if, b as function, c as const, d as try, e as catch, f as enum } from "./names.js";
export { /* between */ _null as instanceof, /** and here */ delete_ as default };
import { if as if_, default as def, class as class_ } from "./names.js";
export const both = [if_, def, class_];
