// import a from "no"
/* export * from "no" */
/** import b from "no" */ import c from "./c.js"; // export d
const s = 'import e from "no"', t = "export * from 'no'", u = `
import f from "no";
export const g = 1;
`;
const v = "a\
import h from 'no'", w = 'it\'s \\', x = "\"import('no')\"";
const y = `${`import("no")`} ${ /* } */ import("./y.js") } ${ "}" } ${ { a: `}` }.a } import("no")`;
/* import */ export /* a */ { /* b */ c /* d */ as /* e */ z /* f */ } /* g */;
import /* a */ d /* b */, /* c */ { /* d */ e as /* e */ ee /* f */ } /* g */ from /* h */ "./d.js" /* i */;
import{f}from"./f.js";import*as g from"./g.js";export*from"./h.js";export*as i from"./i.js";
export default d
export { s, t, u, v, w, x, y, ee, f, g }
