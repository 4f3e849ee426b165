// es-module-lexer's answer, for JavaScript only: the specifiers of static and dynamic imports and
// the exported names. It is a lexer: it accepts much that is no JavaScript.

import { init, parse } from "es-module-lexer";

await init;

/** { accepted, statics: [specifier], dynamics: [specifier] }, both in source order. */
export function readLexer(text) {
  try {
    const [imports] = parse(text);
    const statics = [];
    const dynamics = [];
    for (const i of imports) {
      if (i.type === "dynamic") {
        if (i.specifier !== undefined && !i.glob) dynamics.push(i.specifier);
      } else if (i.type === "static" || i.type === "reexport-star") {
        statics.push(i.specifier);
      }
    }
    return { accepted: true, statics, dynamics };
  } catch (error) {
    return { accepted: false, error: String(error.message).split("\n")[0] };
  }
}
