const a = await import("./a.js");
async function b() { await a; for await (const c of []) c; }
export default b;
