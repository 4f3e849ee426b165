// The workspace the cases are drawn from: published packages as npm lays them out, and the same
// packages again as pnpm would (one real folder per package, dependencies as symlinked siblings).
//
// Nothing of it is committed: corpus/package.json and its lock pin the versions, the files live in
// a cache folder (build/corpus-resolve, or $RWGRAPH_RESOLVE_CORPUS). A stamp holding the lock's
// hash makes a second run free. No install script of any package is ever executed.

import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = path.dirname(fileURLToPath(import.meta.url));
export const repoRoot = path.resolve(here, '../../..');

/// Raised when the pnpm-like layout changes, so that stamps of older layouts no longer match.
const layoutRevision = '1';

const npmFlags = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'];

/// Packages whose closure is laid out a second time with symlinks: the ones with the hardest maps.
const pnpmRoots = [
  'react', 'react-dom', 'preact', 'svelte', 'vue', 'solid-js', '@emotion/react', 'rxjs', 'uuid',
  'nanoid', 'graphql', 'msw', 'axios', 'lodash-es', 'zustand', 'jotai', '@tanstack/react-query',
  'react-router', 'styled-components', 'yup', 'ws', 'debug', 'chalk', 'yargs', '@reduxjs/toolkit',
  'urql', 'socket.io-client', 'isomorphic-ws', 'node-fetch', 'cross-fetch', 'readable-stream',
  'util', 'hono', 'lit', 'swr',
];

/// Where the corpus lives; created on demand by ensureCorpus.
export function corpusFolder() {
  return path.resolve(process.env.RWGRAPH_RESOLVE_CORPUS ?? path.join(repoRoot, 'build/corpus-resolve'));
}

/// True when the corpus on disk is the one the lock file describes.
export function corpusIsCurrent(folder) {
  try {
    return fs.readFileSync(path.join(folder, 'stamp'), 'utf8') === stampText();
  } catch {
    return false;
  }
}

/// Installs and lays out whatever is missing. Throws when npm fails.
export function ensureCorpus(folder, log = console.error) {
  if (corpusIsCurrent(folder)) return;
  const npm = path.join(folder, 'npm');
  fs.mkdirSync(npm, { recursive: true });
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    fs.copyFileSync(path.join(here, 'corpus', name), path.join(npm, name));
  }
  log(`installing the resolve corpus into ${npm}`);
  // `install`, not `ci`: the lock leaves out the platform binaries (optional dependencies), which
  // `ci` would take for a lock out of step. The pinned versions are obeyed either way.
  const run = spawnSync('npm', ['install', '--no-save', ...npmFlags], {
    cwd: npm,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (run.status !== 0) throw new Error(`npm install failed in ${npm}`);
  fs.mkdirSync(path.join(npm, 'src'), { recursive: true });
  fs.writeFileSync(path.join(npm, 'src/entry.mjs'), '');
  layOutLikePnpm(npm, path.join(folder, 'pnpm'));
  fs.writeFileSync(path.join(folder, 'stamp'), stampText());
}

function stampText() {
  const lock = fs.readFileSync(path.join(here, 'corpus/package-lock.json'));
  return `${layoutRevision} ${createHash('sha256').update(lock).digest('hex')}\n`;
}

/// Every package folder below node_modules, nested ones included, in a stable order.
export function listPackages(nodeModules) {
  const found = [];
  const queue = [nodeModules];
  while (queue.length > 0) {
    const folder = queue.pop();
    for (const name of packageNames(folder)) {
      const dir = path.join(folder, name);
      const manifest = readManifest(dir);
      if (manifest) found.push({ name, dir, manifest, parent: path.dirname(folder) });
      queue.push(path.join(dir, 'node_modules'));
    }
  }
  return found.sort((a, b) => (a.dir < b.dir ? -1 : a.dir > b.dir ? 1 : 0));
}

/// The parsed package.json of a folder, or null when there is none that parses.
export function readManifest(dir) {
  try {
    return JSON.parse(fs.readFileSync(path.join(dir, 'package.json'), 'utf8'));
  } catch {
    return null;
  }
}

function packageNames(nodeModules) {
  const names = [];
  for (const entry of listDir(nodeModules)) {
    if (entry.name.startsWith('.') || !isFolder(entry)) continue;
    if (!entry.name.startsWith('@')) {
      names.push(entry.name);
      continue;
    }
    for (const inner of listDir(path.join(nodeModules, entry.name))) {
      if (isFolder(inner)) names.push(`${entry.name}/${inner.name}`);
    }
  }
  return names;
}

/// A symlink counts: that is how pnpm and workspaces put packages into node_modules.
function isFolder(entry) {
  return entry.isDirectory() || entry.isSymbolicLink();
}

function listDir(dir) {
  try {
    return fs.readdirSync(dir, { withFileTypes: true });
  } catch {
    return [];
  }
}

/// The package that Node's walk finds for `name` from `dir` inside the npm layout, or null.
function findInstalled(dir, name) {
  for (let at = dir; ; at = path.dirname(at)) {
    const candidate = path.join(at, 'node_modules', name);
    if (fs.existsSync(path.join(candidate, 'package.json'))) return candidate;
    if (at === path.dirname(at)) return null;
  }
}

/// Builds <out>/node_modules/.pnpm/<name>@<version>/node_modules/<name> for the closure of
/// pnpmRoots, with each package's dependencies as symlinks beside it, and <out>/app/node_modules
/// with the roots only. Files are hard links where the file system allows it.
function layOutLikePnpm(npm, out) {
  fs.rmSync(out, { recursive: true, force: true });
  const store = path.join(out, 'node_modules/.pnpm');
  const placed = new Map(); // folder in the npm layout -> folder in the store
  const queue = [];

  const place = (source) => {
    const known = placed.get(source);
    if (known) return known;
    const manifest = readManifest(source);
    let slot = `${manifest.name.replace('/', '+')}@${manifest.version}`;
    // Two copies of one version may see different dependencies, as pnpm's peer suffixes say.
    if (fs.existsSync(path.join(store, slot))) slot += `_${placed.size}`;
    const target = path.join(store, slot, 'node_modules', manifest.name);
    placed.set(source, target);
    linkTree(source, target);
    queue.push({ source, target, manifest, siblings: path.join(store, slot, 'node_modules') });
    return target;
  };

  const app = path.join(out, 'app');
  fs.mkdirSync(path.join(app, 'src'), { recursive: true });
  fs.writeFileSync(path.join(app, 'src/entry.mjs'), '');
  fs.writeFileSync(path.join(app, 'package.json'), '{ "name": "pnpm-app", "private": true }\n');
  for (const name of pnpmRoots) {
    symlink(place(path.join(npm, 'node_modules', name)), path.join(app, 'node_modules', name));
  }
  while (queue.length > 0) {
    const { source, manifest, siblings } = queue.pop();
    const wanted = { ...manifest.dependencies, ...manifest.peerDependencies };
    for (const name of Object.keys(wanted)) {
      const installed = findInstalled(source, name);
      if (!installed || name === manifest.name) continue;
      symlink(place(installed), path.join(siblings, name));
    }
  }
}

function symlink(target, link) {
  if (fs.existsSync(link)) return;
  fs.mkdirSync(path.dirname(link), { recursive: true });
  fs.symlinkSync(path.relative(path.dirname(link), target), link);
}

function linkTree(source, target) {
  const queue = [[source, target]];
  while (queue.length > 0) {
    const [from, to] = queue.pop();
    fs.mkdirSync(to, { recursive: true });
    for (const entry of listDir(from)) {
      if (entry.name === 'node_modules') continue;
      const a = path.join(from, entry.name);
      const b = path.join(to, entry.name);
      if (entry.isDirectory()) queue.push([a, b]);
      else if (entry.isFile()) linkOrCopy(a, b);
    }
  }
}

function linkOrCopy(from, to) {
  try {
    fs.linkSync(from, to);
  } catch {
    fs.copyFileSync(from, to);
  }
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  ensureCorpus(corpusFolder());
}
