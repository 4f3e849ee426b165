import a from "./a.js";
export const b = async () => { await a; }, c = async function () { await b(); }, o = { async d() { await c(); } };
export class E { async f() { await o.d(); } static async *g() { yield await 1; for await (const h of []) h; } }
