// Which files are the corpus: the packages of packages.json where they lie unpacked, plus any
// folders given by the caller (checked-out repositories), walked in a fixed order.

import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const sourceName = /\.(?:[cm]?[jt]s|[jt]sx)$/;
const skippedFolders = new Set([".git", "node_modules"]);

/** No hand-written source is larger; a parser that must hold a whole tree pays for each byte. */
const largestFile = 24 * 1024 * 1024;

export function corpusFolder() {
  return path.resolve(process.env.RWGRAPH_CORPUS || path.join(repository, "build/corpus"));
}

export function packageFolder(name, version) {
  return path.join(corpusFolder(), `${name}@${version}`);
}

export function readPackages() {
  return JSON.parse(fs.readFileSync(new URL("./packages.json", import.meta.url), "utf8"));
}

/** Every source file below `root`, in byte order of the paths; symbolic links are not followed. */
export function sourceFiles(root) {
  const found = [];
  const pending = [root];
  while (pending.length) {
    const folder = pending.pop();
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const full = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!skippedFolders.has(entry.name)) pending.push(full);
      } else if (entry.isFile() && sourceName.test(entry.name)) {
        if (fs.statSync(full).size <= largestFile) found.push(full);
      }
    }
  }
  return found.sort();
}

/**
 * The corpus as [{ file, group, relative }]: `group` is the package or folder, `relative` the path
 * inside it, which is the same on every machine. Packages not fetched yet are named in `missing`.
 */
export function listCorpus({ names, folders = [] } = {}) {
  const { packages } = readPackages();
  const files = [];
  const missing = [];
  for (const name of names ?? Object.keys(packages)) {
    const group = `${name}@${packages[name].version}`;
    const root = packageFolder(name, packages[name].version);
    if (!fs.existsSync(root)) {
      missing.push(group);
      continue;
    }
    for (const file of sourceFiles(root)) {
      files.push({ file, group, relative: path.relative(root, file) });
    }
  }
  for (const folder of folders) {
    const root = path.resolve(folder);
    const group = path.basename(root);
    for (const file of sourceFiles(root)) {
      files.push({ file, group, relative: path.relative(root, file) });
    }
  }
  return { files, missing };
}

/** `count` of the files, the same ones on every machine: those whose path hashes lowest. */
export function chooseSample(files, count) {
  const key = (f) => createHash("sha1").update(`${f.group}/${f.relative}`).digest("hex");
  return files
    .map((f) => [key(f), f])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, count)
    .map(([, f]) => f);
}
