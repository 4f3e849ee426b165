// The resolve part of the conformance run: node main.mjs sample|full
//
// Installs the two JavaScript oracles beside this file and the corpus into its cache folder when
// they are missing or of another version, then compares. Exits as compare.mjs does.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const size = process.argv[2];
if (size !== 'sample' && size !== 'full') {
  console.error('usage: node main.mjs sample|full');
  process.exit(2);
}
if (!oraclesAreInstalled()) {
  const run = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (run.status !== 0) {
    console.error('the oracles could not be installed');
    process.exit(2);
  }
}
const { main } = await import('./compare.mjs');
process.exitCode = await main(size === 'sample' ? ['--sample'] : []);

/// True when node_modules holds the versions that package.json pins.
function oraclesAreInstalled() {
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(here, 'package.json'), 'utf8'));
  return Object.entries(dependencies).every(([name, version]) => {
    try {
      const file = path.join(here, 'node_modules', name, 'package.json');
      return JSON.parse(fs.readFileSync(file, 'utf8')).version === version;
    } catch {
      return false;
    }
  });
}
