// Runs inside a child Node that was given --conditions: answers questions with Node's own resolver.
//
// Standard input is a JSON array of [from, specifier, kind]; standard output a JSON array of
// {path} | {builtin} | {error: code}. Both resolvers answer as if `from` were the calling file.

import { createRequire, isBuiltin } from 'node:module';
import fs from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const questions = JSON.parse(fs.readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(questions.map(answer)));

function answer([from, specifier, kind]) {
  try {
    if (kind === 'require') {
      const found = createRequire(from).resolve(specifier);
      return isBuiltin(found) ? { builtin: found } : { path: found };
    }
    const url = import.meta.resolve(specifier, pathToFileURL(from).href);
    if (url.startsWith('file:')) return { path: fileURLToPath(url) };
    return isBuiltin(url) ? { builtin: url } : { error: 'NOT_A_FILE' };
  } catch (error) {
    return { error: error.code ?? 'UNKNOWN' };
  }
}
