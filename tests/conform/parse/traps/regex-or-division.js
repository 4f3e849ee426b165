import a from "./a.js";
let i = 4, g = 2, re;
const b = { c: 8 };
re = i++ / 2 / g; import("./1.js");
re = b.c / 2 / g; import("./2.js");
re = (i) / 2 / g; import("./3.js");
re = [i][0] / 2 / g; import("./4.js");
if (i) /import("no")/.test("x");
while (g-- > 0) /[/"'`]/.test("y");
for (; false; ) /import("no")/g;
{} /import("no")/.test("z");
function f() {} /import("no")/.test("z");
const h = function () {} / 2; import("./5.js"); 1 / 2;
const o = {} / 2; import("./6.js"); 1 / 2;
function* gen() { yield /import("no")/; yield
/import("no")/; }
const t = typeof /"/ + void /'/ + `${1 / 2}` / 3;
const w = a.return / 2; import("./7.js"); 1 / g;
const y = i /* c */ / 2; import("./8.js"); 1 / g;
switch (i) { case /"/.test(a): break; default: /'/.test(a); }
do /import("no")/.test(a); while (false) /"/.exec(a);
const z = x => /"/.test(x), z2 = !/'/.test(z) && /`/ || /"/;
label: /"/.test(a);
const n = 1. / 2, m = .5 / 2, q = 0x1 / 2, hundred = 1_0 / 2n;
export { o, t, w, y, z2, n, m, q, hundred, h, re, gen, z };
