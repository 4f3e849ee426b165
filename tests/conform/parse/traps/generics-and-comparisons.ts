import type { A } from "./a.js";
const a = <any>{}, b = <T>(x: T) => x, c = a < 1, d = <A>(<unknown>import("./d.js"));
function over(x: string): void
function over(x: number): void
function over(x: any) { return x / 2 / 1 }
export declare function ambient(x: import("./ambient.js").X): asserts x is string
type F = new (...args: any[]) => import("./f.js").F
abstract class G<T = `a${string}b`> { abstract x: T; declare y: string; constructor(private readonly z = import("./z.js")) {} get = 1; set; static async = 2 }
enum H { A = 1 / 2, B = "it's".length, C = `x`.length }
export = G;
