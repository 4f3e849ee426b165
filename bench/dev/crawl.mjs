// A client that loads an application as a browser does, without a browser's own time: HTML, then every
// module that a module names, over six kept connections.
import http from "node:http";

// Statements only: what stands in comments and strings of a package is nobody's import.
const IMPORT = /(?:^|;)[ \t]*(?:import|export)\b[^"'();]*["']([^"']+)["']/gm;
const SCRIPT = /<script[^>]*\bsrc="([^"]+)"/g;

/**
 * Loads everything. `etags` (url -> etag) makes it a reload; it is filled in either case. Without `follow` only what
 * the page itself names is loaded: a bundle has its modules inside.
 */
export async function crawl(origin, etags = new Map(), follow = true) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 6 });
  const seen = new Set();
  const queue = [];
  const totals = { requests: 0, notModified: 0, bytes: 0, failures: [] };
  const texts = crawl.texts;
  let active = 0;

  const get = (url) =>
    new Promise((resolve, reject) => {
      const headers = { accept: "*/*" };
      if (etags.has(url)) headers["if-none-match"] = etags.get(url);
      http
        .get(url, { agent, headers }, (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (part) => (text += part));
          response.on("end", () => resolve({ response, text }));
        })
        .on("error", reject);
    });

  const add = (specifier, base) => {
    if (!/^(?:[./]|https?:)/.test(specifier)) return;
    const url = new URL(specifier, base).href;
    if (url.startsWith(origin) && !seen.has(url)) {
      seen.add(url);
      queue.push(url);
    }
  };

  const load = async (url) => {
    const { response, text } = await get(url);
    totals.requests++;
    totals.bytes += text.length;
    if (response.statusCode === 304) {
      totals.notModified++;
    } else if (response.statusCode !== 200) {
      totals.failures.push(`${response.statusCode} ${url}`);
      return;
    } else {
      texts.set(url, text);
    }
    if (response.headers.etag) etags.set(url, response.headers.etag);
    const body = texts.get(url) ?? "";
    const page = url === `${origin}/`;
    if (!page && !follow) return;
    for (const [, name] of body.matchAll(page ? SCRIPT : IMPORT)) add(name, url);
  };

  add("/", origin);
  await new Promise((resolve, reject) => {
    const next = () => {
      if (queue.length === 0 && active === 0) resolve();
      while (queue.length > 0 && active < 6) {
        active++;
        load(queue.shift()).then(() => {
          active--;
          next();
        }, reject);
      }
    };
    next();
  });
  agent.destroy();
  return totals;
}
crawl.texts = new Map();
