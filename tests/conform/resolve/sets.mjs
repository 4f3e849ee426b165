// Condition sets: the environments under which every case is resolved.
//
// One row says everything the rest of the harness needs: what rwgraph is told on its command line,
// what the two JavaScript oracles are configured with, and which flags make Node comparable. The
// lists are the defaults of a Vite client, of an app's server-render environment and of its
// react-server worker; the last row is Node without any bundler.

const bundlerExtensions = ['.mjs', '.js', '.mts', '.ts', '.jsx', '.tsx', '.json'];
const browserFields = ['browser', 'module', 'jsnext:main', 'jsnext', 'main'];
const serverFields = ['module', 'jsnext:main', 'jsnext', 'main'];

/// A TypeScript author writes `./x.js` and means x.ts. The written name always wins.
export const extensionAlias = {
  '.js': ['.js', '.ts', '.tsx'],
  '.jsx': ['.jsx', '.ts', '.tsx'],
  '.mjs': ['.mjs', '.mts'],
  '.cjs': ['.cjs', '.cts'],
};

/// Conditions that Node adds by itself and that cannot be switched off. `module-sync` came with
/// require() of ES modules.
export const nodeOwnConditions = process.features.require_module
  ? ['node', 'module-sync', 'node-addons']
  : ['node', 'node-addons'];

/// `conditions` leaves out import/require (the kind of the site adds it) and default (always on).
/// `bundler`: extensions and index files are searched also behind maps, unlike in Node.
/// `builtins`: whether Node's builtin modules exist in that environment.
export const sets = {
  client: {
    conditions: ['browser', 'module', 'development'],
    mainFields: browserFields,
    extensions: bundlerExtensions,
    browserField: true,
    extensionAlias: true,
    bundler: true,
    builtins: false,
  },
  'client-production': {
    conditions: ['browser', 'module', 'production'],
    mainFields: browserFields,
    extensions: bundlerExtensions,
    browserField: true,
    extensionAlias: true,
    bundler: true,
    builtins: false,
  },
  ssr: {
    conditions: ['workerd', 'module', 'browser', 'development'],
    mainFields: browserFields,
    extensions: bundlerExtensions,
    browserField: true,
    extensionAlias: true,
    bundler: true,
    builtins: true,
  },
  worker: {
    conditions: ['workerd', 'react-server', 'module', 'node', 'worker', 'browser', 'production'],
    mainFields: serverFields,
    extensions: bundlerExtensions,
    browserField: false,
    extensionAlias: true,
    bundler: true,
    builtins: true,
  },
  node: {
    conditions: nodeOwnConditions,
    mainFields: ['main'],
    extensions: ['.js', '.json', '.node'],
    browserField: false,
    extensionAlias: false,
    bundler: false,
    builtins: true,
  },
};

/// The command line that puts `rwgraph resolve` into a set. A fixture may override single fields.
export function rwgraphFlags(set, kind) {
  const flags = [
    `--conditions=${set.conditions.join(',')}`,
    `--main-fields=${set.mainFields.join(',')}`,
    `--resolve-extensions=${set.extensions.join(',')}`,
    `--kind=${kind}`,
  ];
  if (set.browserField) flags.push('--browser-field');
  if (!set.builtins) flags.push('--no-builtins');
  if (set.preserveSymlinks) flags.push('--preserve-symlinks');
  if (set.tsconfig) flags.push(`--tsconfig=${set.tsconfig}`);
  for (const [key, value] of Object.entries(set.alias ?? {})) flags.push(`--alias:${key}=${value}`);
  return flags;
}
