const a = /[`]/, b = /\//, c = /[\]/"]/, d = /'/g.source, e = a /b/ c;
const f = `\``, g = `\${`, h = `$`, i = `$$${1}$`, j = `{}`, k = '//', l = "/*";
import("./a.js"); // '
import("./b.js"); /* " */ import("./c.js"); /* ` */
export const m = { [`${"`"}`]: 1 }, n = "\\", o = '\\'; import("./d.js");
