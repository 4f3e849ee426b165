import { A } from "./a.js";
export const f = <T,>(a: T): a is T => true;
export const g = <T extends Array<Array<string>>>(a: T) => <div>{a.length < 3 ? "it's" : `import("no")`}</div>;
const a = 1, b = 2, c = 3;
export const h = a < b, i = b > c, j = a < b || c > (1), k = a >> 1, l = a >>> 1;
let x = new Map<string, Array<number>>(); x.get("1")! / 2;
const y = x as Map<string, any> | undefined, z = <A<string>>it's</A>;
type Q<T> = T extends import("./q.js").Q<infer U> ? U : never;
export const n = a! / 2; import("./n.js"); 1 / 2;
export const m = (a as number) / 2; import("./m.js"); 1 / 2;
export default function <T>(this: T, a?: T) { return import("./def.js"); }
