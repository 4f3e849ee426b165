// Three independent resolvers, asked the same question and brought to one form of answer:
//
//   'path /real/file' | 'builtin fs' | 'ignored' | 'error' | null (this oracle cannot be compared)
//
// Errors are one class here: what an error must *say* is tested elsewhere. An oracle abstains where
// its rules differ by design and not by opinion: Node's import does not search extensions or
// folders, and always has the condition `node`; enhanced-resolve knows no builtin modules.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import enhanced from 'enhanced-resolve';
import { ResolverFactory as OxcResolver } from 'oxc-resolver';
import { readManifest } from './corpus.mjs';
import { extensionAlias, nodeOwnConditions } from './sets.mjs';

export const oracleNames = ['node', 'enhanced-resolve', 'oxc-resolver'];

/// Answers of every oracle: an array parallel to `cases` of { node, enhanced-resolve, oxc-resolver }.
export function askAll(cases, set) {
  const node = askNode(cases, set);
  const asked = { import: jsResolvers(set, 'import'), require: jsResolvers(set, 'require') };
  return cases.map((one, i) => ({
    node: node[i],
    'enhanced-resolve': askEnhanced(asked[one.kind].enhanced, one, set),
    'oxc-resolver': askOxc(asked[one.kind].oxc, one, set),
  }));
}

/// What the oracles say together: { expected } when at least two answer and all agree, else the
/// dispute spelled out ({ dispute: 'node=path enhanced-resolve=error …' }).
export function verdict(answers) {
  const voices = oracleNames.filter((name) => answers[name] !== null);
  const distinct = new Set(voices.map((name) => answers[name]));
  if (voices.length >= 2 && distinct.size === 1) return { expected: answers[voices[0]] };
  if (voices.length === 0) return { dispute: 'nobody answers' };
  if (voices.length === 1) return { dispute: `only ${voices[0]} answers`, lone: answers[voices[0]] };
  // Two oracles may both find a file, yet not the same one: number the distinct paths.
  const paths = [...distinct].filter((text) => text.startsWith('path '));
  const short = (text) =>
    text.startsWith('path ') ? (paths.length > 1 ? `path${paths.indexOf(text) + 1}` : 'path') : text;
  return { dispute: voices.map((name) => `${name}=${short(answers[name])}`).join(' ') };
}

/// `builtin fs` for fs and node:fs alike: which of the two spellings is printed is no difference.
export function builtinAnswer(name) {
  return `builtin ${name.replace(/^node:/, '')}`;
}

/// The file part of an answer: queries and fragments are the specifier's, not the file's.
export function pathAnswer(text) {
  const plain = text.replaceAll('\0#', '#');
  if (fs.existsSync(plain)) return `path ${plain}`;
  for (let i = 0; i < plain.length; i++) {
    if ((plain[i] === '?' || plain[i] === '#') && fs.existsSync(plain.slice(0, i))) {
      return `path ${plain.slice(0, i)}`;
    }
  }
  return `path ${plain}`;
}

// ---- enhanced-resolve and oxc-resolver ----------------------------------------------------------

function jsResolvers(set, kind) {
  const shared = {
    conditionNames: [...set.conditions, kind, 'default'],
    mainFields: set.mainFields,
    extensions: set.extensions,
    aliasFields: set.browserField ? ['browser'] : [],
    extensionAlias: set.extensionAlias ? extensionAlias : {},
    symlinks: !set.preserveSymlinks,
  };
  const aliases = Object.entries(set.alias ?? {});
  const makeEnhanced = (tsconfigFile) =>
    enhanced.ResolverFactory.createResolver({
      ...shared,
      fileSystem: new enhanced.CachedInputFileSystem(fs, 60_000),
      useSyncFileSystemCalls: true,
      alias: Object.fromEntries(aliases.map(([key, value]) => [key, value || false])),
      ...(tsconfigFile ? { tsconfig: { configFile: tsconfigFile, references: 'auto' } } : {}),
      pnpApi: set.pnpApi ?? null,
    });
  const made = new Map();
  return {
    // It takes one named tsconfig and searches for none, so the search is done for it.
    enhanced(from) {
      const file = set.tsconfig === 'auto' ? nearestTsconfig(from) : set.tsconfig;
      if (!made.has(file)) made.set(file, makeEnhanced(file));
      return made.get(file);
    },
    oxc: new OxcResolver({
      ...shared,
      nodePath: false,
      builtinModules: set.builtins,
      alias: Object.fromEntries(aliases.map(([key, value]) => [key, [value || null]])),
      ...(set.tsconfig === 'auto' ? { tsconfig: 'auto' } : {}),
      ...(set.tsconfig && set.tsconfig !== 'auto'
        ? { tsconfig: { configFile: set.tsconfig, references: 'auto' } }
        : {}),
    }),
  };
}

function nearestTsconfig(from) {
  for (let at = path.dirname(from); ; at = path.dirname(at)) {
    const file = path.join(at, 'tsconfig.json');
    if (fs.existsSync(file)) return file;
    if (at === path.dirname(at)) return undefined;
  }
}

function askEnhanced(makeResolver, { from, specifier }, set) {
  const resolver = makeResolver(from);
  let answer;
  try {
    const found = resolver.resolveSync({}, path.dirname(from), specifier);
    answer = found === false ? 'ignored' : pathAnswer(found);
  } catch {
    answer = 'error';
  }
  if (set.builtins && isBuiltin(specifier) && !inBrowserMap(from, specifier, set)) return null;
  return answer;
}

function askOxc(resolver, { from, specifier }, set) {
  if (set.pnpApi) return null; // its published build has Plug'n'Play switched off
  const answer =
    set.tsconfig === 'auto'
      ? resolver.resolveFileSync(from, specifier)
      : resolver.sync(path.dirname(from), specifier);
  if (answer.path) return pathAnswer(answer.path);
  if (answer.builtin) return builtinAnswer(answer.builtin.resolved);
  return answer.error.startsWith('Path is ignored') ? 'ignored' : 'error';
}

function inBrowserMap(from, specifier, set) {
  if (!set.browserField) return false;
  const browser = owner(from)?.manifest.browser;
  return typeof browser === 'object' && browser !== null && specifier in browser;
}

// ---- Node ---------------------------------------------------------------------------------------

function askNode(cases, set) {
  const chosen = cases.map((one) => nodeIsComparable(one, set));
  const questions = cases.filter((_, i) => chosen[i]).map((one) => [one.from, one.specifier, one.kind]);
  if (questions.length === 0) return cases.map(() => null);
  const own = new Set(nodeOwnConditions);
  const flags = set.conditions.filter((name) => !own.has(name)).map((name) => `--conditions=${name}`);
  if (set.preserveSymlinks) flags.push('--preserve-symlinks');
  const script = fileURLToPath(new URL('./node-answers.mjs', import.meta.url));
  const child = spawnSync(
    process.execPath,
    ['--no-warnings', '--experimental-import-meta-resolve', ...flags, script],
    { input: JSON.stringify(questions), encoding: 'utf8', maxBuffer: 1 << 30 },
  );
  if (child.status !== 0) throw new Error(`the Node oracle failed: ${child.stderr}`);
  const answers = JSON.parse(child.stdout).values();
  return cases.map((one, i) => (chosen[i] ? readNode(answers.next().value, one, set) : null));
}

/// Node has `node`, `module-sync` and `node-addons` always on, no browser maps, no main fields but
/// `main` and no extra extensions. It is comparable with a bundler's set only where a map decides
/// and none of those matters.
function nodeIsComparable({ from, specifier }, set) {
  if (set.tsconfig || set.alias || set.pnpApi) return false;
  if (specifier.includes('?') || specifier.includes('%')) return false; // a URL to import, text to require
  if (set.conditions.includes('node-addons')) return true;
  if (isBuiltin(specifier)) return set.builtins && !inBrowserMap(from, specifier, set);
  const home = owner(from);
  if (set.browserField && home && typeof home.manifest.browser === 'object') return false;
  const target = targetPackage(specifier, from, home);
  if (!target) return false;
  const map = specifier.startsWith('#') ? target.imports : target.exports;
  if (map === undefined || map === null) return false;
  if (set.browserField && typeof target.browser === 'object') return false;
  // Keys that end in a slash map whole folders: Node has dropped them, bundlers have not.
  if (Object.keys(map).some((key) => key.endsWith('/'))) return false;
  const foreign = nodeOwnConditions.filter((name) => !set.conditions.includes(name));
  return !foreign.some((name) => JSON.stringify(map).includes(`"${name}":`));
}

function readNode(answer, { from, specifier, kind }, set) {
  if (answer.builtin) return set.builtins ? builtinAnswer(answer.builtin) : null;
  if (answer.path) {
    if (fs.statSync(answer.path, { throwIfNoEntry: false })?.isFile()) return `path ${answer.path}`;
    // import.meta.resolve builds a URL and does not look. What a map points to is final in Node;
    // a bundler goes on and tries extensions and index files.
    return set.bundler || !resolvesByMap(specifier, from) ? null : 'error';
  }
  if (!fileWasMissing.has(answer.error)) return 'error';
  if (!/^[./#]/.test(specifier) && !targetPackage(specifier, from, owner(from))) return 'error';
  if (set.bundler) return null;
  return kind === 'require' || resolvesByMap(specifier, from) ? 'error' : null;
}

/// Codes that say: the map or the folder is fine, and no file is there.
const fileWasMissing = new Set(['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT']);

function resolvesByMap(specifier, from) {
  if (specifier.startsWith('#')) return true;
  if (/^[./]/.test(specifier)) return false;
  const exports = targetPackage(specifier, from, owner(from))?.exports;
  return exports !== undefined && exports !== null;
}

// ---- packages, as far as the rules above need them ------------------------------------------------

const owners = new Map();

/// The nearest package.json at or above a file: { dir, manifest } or null.
function owner(file) {
  const dir = path.dirname(file);
  if (!owners.has(dir)) {
    let found = null;
    for (let at = dir; ; at = path.dirname(at)) {
      const manifest = readManifest(at);
      if (manifest) found = { dir: at, manifest };
      if (found || at === path.dirname(at)) break;
    }
    owners.set(dir, found);
  }
  return owners.get(dir);
}

/// The manifest that decides a bare or # specifier, or null.
function targetPackage(specifier, from, home) {
  if (specifier.startsWith('#')) return home?.manifest ?? null;
  if (/^[./]/.test(specifier)) return null;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (home?.manifest.name === name && home.manifest.exports) return home.manifest;
  for (let at = path.dirname(from); ; at = path.dirname(at)) {
    if (path.basename(at) !== 'node_modules') {
      const manifest = readManifest(path.join(at, 'node_modules', name));
      if (manifest) return manifest;
    }
    if (at === path.dirname(at)) return null;
  }
}
