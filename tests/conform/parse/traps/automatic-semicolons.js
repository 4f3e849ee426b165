import a from "./a.js"
import b from "./b.js"
const c = a
export { c }
export { d } from "./d.js"
export * from "./e.js"
let d = b
++d
import("./f.js")
export const f = c
, g = d
export default f
export { f as "h h"
}
