import("./a.js"); import('./b.js'); import(`./c.js`); import(/* webpackChunkName: "d" */ "./d.js");
import("./e.json", { with: { type: "json" } });
import(
  // comment
  "./f.js"
);
const lazy = () => import("./g.js").then((m) => m.default), x = "h";
import(`./locales/${x}.js`); import(`./${x}/${lazy}.json`); import(x); import(x + ".js"); import((x));
void import("./i.js"), await import("./j.js"); (await import("./k.js")).default;
import.meta.url; import.meta.env.MODE; import.meta.hot?.accept();
const w = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const sw = new SharedWorker(new URL('./shared.js', import.meta.url));
const u = new URL("./image.png", import.meta.url).href, v = new URL("./no.png", "https://example.com");
const m = import.meta.glob("./pages/*.tsx"), n = import.meta.glob(["./a/*.ts", "!./a/*.test.ts"], { eager: true });
export {};
