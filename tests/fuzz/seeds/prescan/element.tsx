export default function () {
  return <A.B<T> c="it's" d={`${<>{e}</>}`} {...f}>text " ' {/* x */} <g-h i=<j/> /></A.B>;
}
const w = new Worker(new URL("./w.js", import.meta.url), { type: "module" });
import.meta.hot?.accept(["./z"], () => { for await (const x of y) { import(z) } });
