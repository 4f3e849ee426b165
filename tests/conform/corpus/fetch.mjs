// Brings the corpus to this machine: each package of packages.json, at its exact version and
// checked against its recorded integrity, unpacked into <corpus>/<name>@<version>.
//
// A package is unpacked next to its final place and renamed when whole, so that a run that was
// stopped goes on where it was: a folder that exists is complete. Nothing of a package is ever
// run. Packages come one after another: a registry is a shared service.
//
//   node fetch.mjs               bring what is missing
//   node fetch.mjs --only a,b    bring these packages of the list
//   node fetch.mjs --sample      bring the packages of the default test run
//   node fetch.mjs --add NAME[@VERSION]…   pin packages, each at its newest version if none is given

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { corpusFolder, packageFolder, readPackages } from "./list.mjs";

const listFile = fileURLToPath(new URL("./packages.json", import.meta.url));

function run(program, args, cwd) {
  const done = spawnSync(program, args, { cwd, encoding: "utf8", maxBuffer: 1 << 28 });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${done.stderr.trim()}`);
  return done.stdout;
}

/** Packs `spec` into `folder` and returns { name, version, integrity, archive }. */
function pack(spec, folder) {
  const out = run("npm", [
    "pack",
    "--json",
    "--ignore-scripts",
    "--pack-destination",
    folder,
    spec,
  ]);
  const parsed = JSON.parse(out.slice(out.search(/^[[{]/m)));
  const [entry] = Array.isArray(parsed) ? parsed : Object.values(parsed);
  return {
    ...entry,
    archive: path.join(folder, entry.filename.replace("@", "").replace("/", "-")),
  };
}

function bring(name, wanted) {
  const root = corpusFolder();
  fs.mkdirSync(root, { recursive: true });
  const temporary = fs.mkdtempSync(path.join(root, ".partial-"));
  try {
    const entry = pack(wanted ? `${name}@${wanted.version}` : name, temporary);
    if (wanted?.integrity && wanted.integrity !== entry.integrity) {
      throw new Error(`${name}@${wanted.version}: integrity is ${entry.integrity}`);
    }
    const target = packageFolder(name, entry.version);
    if (!fs.existsSync(target)) {
      const unpacked = path.join(temporary, "unpacked");
      fs.mkdirSync(unpacked);
      run("tar", [
        "-xzf",
        entry.archive,
        "-C",
        unpacked,
        "--strip-components=1",
        "--no-same-owner",
      ]);
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.renameSync(unpacked, target);
    }
    return { version: entry.version, integrity: entry.integrity };
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

function add(names) {
  const list = JSON.parse(fs.readFileSync(listFile, "utf8"));
  for (const spec of names) {
    const [, name, version] = /^(@?[^@]+)(?:@(.+))?$/.exec(spec);
    if (list.packages[name]) continue;
    list.packages[name] = bring(name, version ? { version } : null);
    const sorted = Object.entries(list.packages).sort(([a], [b]) => (a < b ? -1 : 1));
    list.packages = Object.fromEntries(sorted);
    fs.writeFileSync(listFile, `${JSON.stringify(list, null, 2)}\n`);
    console.log(`${name}@${list.packages[name].version}`);
  }
}

function main(args) {
  if (args[0] === "--add") return add(args.slice(1));
  const list = readPackages();
  let names = Object.keys(list.packages);
  if (args[0] === "--sample") names = list.sample;
  else if (args[0] === "--only") names = args[1].split(",");
  const failed = [];
  for (const name of names) {
    const wanted = list.packages[name];
    if (!wanted) throw new Error(`${name} is not in packages.json`);
    if (fs.existsSync(packageFolder(name, wanted.version))) continue;
    try {
      bring(name, wanted);
      console.log(`${name}@${wanted.version}`);
    } catch (error) {
      failed.push(name);
      console.error(`${name}: ${error.message}`);
    }
  }
  if (failed.length) process.exitCode = 1;
}

main(process.argv.slice(2));
