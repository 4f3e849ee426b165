import React from "./react.js";
export const a = <p>import b from "no"; export * from "no" // not a comment /* nor this */ it's "quoted ` text</p>;
export const c = <div title="it's" data-x='say "x"' onClick={() => import("./c.js")}>{/* import("no") */}{"}"} {`</div>`}</div>;
export const d = <><A.B {...{ a: 1 }} /><x:y z:w="1">{ 1 / 2 } / {import("./d.js")}</x:y></>;
export const e = cond => cond ? <b>don't</b> : <i attr=<u>nested</u>>text {[1].map(f => <li key={f}>{f}/{f}</li>)}</i>;
export const g = 1 < 2 && 3 > 1, h = a / 2 / 1;
const A = { B: () => null }; import("./last.js");
