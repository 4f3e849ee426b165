// Cases: { id, from, specifier, kind, origin } — what is asked, from which file, by which syntax.
//
// Two sources. (a) Every key of every package's exports and imports maps, with patterns expanded
// against the files that are really there, and around them what must fail or be found in another
// way: files that are not exported, names that do not exist, package.json, the package itself seen
// from inside. (b) The import and require sites of the packages' own JavaScript.
//
// Every bound is applied by the hash of the text, never by order or chance: the same corpus gives
// the same cases on every machine, and a smaller bound gives a subset.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import * as esm from 'es-module-lexer';
import { listPackages } from './corpus.mjs';

const bounds = {
  full: { keys: 2000, perPattern: 25, hidden: 5, files: 3000, bareSites: 300, relativeSites: 60 },
  sample: { keys: 12, perPattern: 2, hidden: 1, files: 24, bareSites: 6, relativeSites: 4 },
};

const maxSourceBytes = 1 << 20;
const maxFilesPerPackage = 6000;

/// All cases of the corpus. `size` is 'full' or 'sample'.
export async function corpusCases(folder, size) {
  await esm.init();
  const bound = bounds[size];
  const out = new CaseList();
  for (const pkg of listPackages(path.join(folder, 'npm/node_modules'))) {
    pkg.files = listFiles(pkg.dir);
    addMapCases(out, pkg, bound, outsideFile(pkg));
    addSiteCases(out, pkg, bound);
  }
  addPnpmCases(out, path.join(folder, 'pnpm'), bound);
  return out.cases;
}

/// Orders by hash and cuts, so that what remains does not depend on the order of discovery.
export function pick(items, count, text = String) {
  if (items.length <= count) return items;
  return items
    .map((item) => [createHash('md5').update(text(item)).digest('hex'), item])
    .sort((a, b) => (a[0] < b[0] ? -1 : 1))
    .slice(0, count)
    .map((pair) => pair[1]);
}

class CaseList {
  cases = [];
  #seen = new Set();

  add(from, specifier, kinds, origin) {
    for (const kind of kinds) {
      // Resolution depends on the importer's folder alone, so one file per folder is enough.
      const key = `${path.dirname(from)}\0${specifier}\0${kind}`;
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      this.cases.push({ id: this.cases.length, from, specifier, kind, origin });
    }
  }
}

const both = ['import', 'require'];

/// A file outside the package that sees it: in the folder whose node_modules holds it.
function outsideFile(pkg) {
  const entry = path.join(pkg.parent, 'src/entry.mjs');
  return fs.existsSync(entry) ? entry : path.join(pkg.parent, 'package.json');
}

function listFiles(dir) {
  const files = [];
  const queue = [''];
  while (queue.length > 0 && files.length < maxFilesPerPackage) {
    const folder = queue.pop();
    for (const entry of fs.readdirSync(path.join(dir, folder), { withFileTypes: true })) {
      const name = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.isDirectory() && entry.name !== 'node_modules') queue.push(name);
      else if (entry.isFile()) files.push(name);
    }
  }
  return files.sort();
}

// ---- (a) maps ---------------------------------------------------------------------------------

function addMapCases(out, pkg, bound, outside) {
  const { name, manifest, files } = pkg;
  const scripts = files.filter((file) => /\.[cm]?[jt]sx?$/.test(file) && !/\.d\.[cm]?ts$/.test(file));
  const inside = path.join(pkg.dir, pick(scripts, 1)[0] ?? 'package.json');
  const ask = (subpath, origin) => out.add(outside, name + subpath, both, origin);

  ask('', 'main');
  ask('/package.json', 'package.json');
  ask('/__missing__', 'missing subpath');
  ask('/', 'trailing slash');

  const exported = expandMap(manifest.exports, files, bound);
  for (const key of pick(exported, bound.keys)) ask(key.slice(1), 'exports key');
  if (manifest.exports !== undefined && manifest.exports !== null) {
    for (const key of pick(['.', ...exported], Math.min(5, bound.keys))) {
      out.add(inside, name + key.slice(1), both, 'self-reference');
    }
    out.add(inside, `${name}/__missing__`, both, 'self-reference');
  }
  const hidden = scripts.filter((file) => !exported.includes(`./${file}`));
  for (const file of pick(hidden, bound.hidden)) {
    ask(`/${file}`, 'file by its path');
    ask(`/${file.replace(/\.[^./]+$/, '')}`, 'file without extension');
    if (file.includes('/')) ask(`/${path.posix.dirname(file)}`, 'folder of a file');
  }
  if (manifest.imports) {
    for (const key of pick(expandMap(manifest.imports, files, bound), bound.keys)) {
      out.add(inside, key, both, 'imports key');
    }
    out.add(inside, '#__missing__', both, 'imports key');
  }
  for (const key of pick(Object.keys(browserMap(manifest)), bound.hidden * 3)) {
    const file = path.join(pkg.dir, key);
    const relative = path.relative(path.dirname(inside), file);
    const specifier = key.startsWith('.') ? (relative.startsWith('.') ? relative : `./${relative}`) : key;
    out.add(inside, specifier, both, 'browser map');
  }
}

function browserMap(manifest) {
  return manifest.browser && typeof manifest.browser === 'object' ? manifest.browser : {};
}

/// The specifiers an exports or imports map can answer: its plain keys, and for a key with a star
/// every star value (bounded) for which one of its targets names an existing file.
export function expandMap(map, files, bound) {
  if (!map || typeof map !== 'object' || Array.isArray(map)) return [];
  const names = new Set();
  for (const [key, value] of Object.entries(map)) {
    if (!key.startsWith('.') && !key.startsWith('#')) continue; // conditions at the top level
    if (key.includes('*')) {
      const stars = new Set(['__missing__']);
      for (const target of targetsOf(value)) {
        for (const star of pick(starValues(target, files), bound.perPattern)) stars.add(star);
      }
      for (const star of stars) names.add(key.replace('*', star));
    } else if (key.endsWith('/')) {
      for (const target of targetsOf(value)) {
        const under = files.filter((file) => `./${file}`.startsWith(target));
        for (const file of pick(under, bound.perPattern)) {
          names.add(key + `./${file}`.slice(target.length));
        }
      }
    } else {
      names.add(key);
    }
  }
  return [...names];
}

function targetsOf(value) {
  const targets = [];
  const queue = [value];
  while (queue.length > 0) {
    const item = queue.pop();
    if (typeof item === 'string') targets.push(item);
    else if (item && typeof item === 'object') queue.push(...Object.values(item));
  }
  return targets.sort();
}

function starValues(target, files) {
  const star = target.indexOf('*');
  if (star < 0) return [];
  const head = target.slice(0, star);
  const tail = target.slice(star + 1).split('*')[0];
  const values = [];
  for (const file of files) {
    const text = `./${file}`;
    if (text.length > head.length + tail.length && text.startsWith(head) && text.endsWith(tail)) {
      values.push(text.slice(head.length, text.length - tail.length));
    }
  }
  return values;
}

// ---- (b) import and require sites ---------------------------------------------------------------

function addSiteCases(out, pkg, bound) {
  const scripts = pkg.files.filter((file) => /\.[cm]?js$/.test(file));
  const bare = new Map();
  const relative = new Map();
  for (const file of pick(scripts, bound.files)) {
    const from = path.join(pkg.dir, file);
    for (const { specifier, kind } of sitesOf(from)) {
      const key = `${path.posix.dirname(file)}\0${specifier}\0${kind}`;
      const group = specifier.startsWith('.') ? relative : bare;
      if (!group.has(key)) group.set(key, { from, specifier, kind });
    }
  }
  const chosen = [
    ...pick([...bare], bound.bareSites, (entry) => entry[0]),
    ...pick([...relative], bound.relativeSites, (entry) => entry[0]),
  ];
  for (const [, site] of chosen) if (!isUrl(site.specifier)) out.add(site.from, site.specifier, [site.kind], 'import site');
}

/// https://x and data:x are the runtime's business, not a resolver's.
function isUrl(specifier) {
  return /^(?!node:|file:)[a-z][a-z0-9+.-]+:|^\/\//i.test(specifier);
}

/// The specifiers a file names, with the syntax that names them. A false hit of the textual scan
/// for require (in a comment, say) is harmless: it is still a question with one right answer.
export function sitesOf(file) {
  if (fs.statSync(file).size > maxSourceBytes) return [];
  const text = fs.readFileSync(file, 'utf8');
  const sites = [];
  try {
    for (const found of esm.parse(text)[0]) {
      if (found.specifier && !found.glob) sites.push({ specifier: found.specifier, kind: 'import' });
    }
  } catch {
    // Not a module the lexer can read; its require calls still count.
  }
  for (const match of text.matchAll(/\brequire(?:\.resolve)?\(\s*(['"])([^'"\n\\]+)\1\s*\)/g)) {
    sites.push({ specifier: match[2], kind: 'require' });
  }
  return sites;
}

// ---- symlinked layout -----------------------------------------------------------------------------

/// The app's view of its roots, the packages' view of each other from their real folders, and the
/// same from a path that goes through the symlink.
function addPnpmCases(out, pnpm, bound) {
  const app = path.join(pnpm, 'app/src/entry.mjs');
  const store = path.join(pnpm, 'node_modules/.pnpm');
  if (!fs.existsSync(store)) return;
  for (const pkg of listPackages(path.join(pnpm, 'app/node_modules'))) {
    pkg.files = listFiles(pkg.dir);
    addMapCases(out, pkg, { ...bound, keys: Math.ceil(bound.keys / 10) }, app);
    addSiteCases(out, pkg, { ...bound, bareSites: 5, relativeSites: 2 });
  }
  for (const slot of fs.readdirSync(store).sort()) {
    for (const pkg of listPackages(path.join(store, slot, 'node_modules'))) {
      if (fs.lstatSync(pkg.dir).isSymbolicLink()) continue;
      pkg.files = listFiles(pkg.dir);
      addSiteCases(out, pkg, { ...bound, files: bound.files / 4, bareSites: bound.bareSites / 4, relativeSites: 3 });
    }
  }
  out.add(app, 'scheduler', both, 'not a direct dependency');
  out.add(app, 'react/package.json', both, 'package.json');
}
