// Small trees for what published packages rarely show, each with the answer we want.
//
// A tree is a map from path to text ({ link } makes a symlink). A case is [from, specifier, want,
// kind?]: want is a path inside the tree, 'error', 'ignored' or 'builtin NAME'. The oracles are asked
// too; where all of them agree against `want`, the harness fails on itself: then either the answer we
// want is wrong, or the departure is deliberate and says so in `apart`.

import fs from 'node:fs';
import path from 'node:path';

const json = (value) => JSON.stringify(value, null, 2);
const pkg = (name, rest = {}) => json({ name, version: '1.0.0', ...rest });

export const fixtures = [
  {
    name: 'tsconfig paths and baseUrl',
    set: { tsconfig: 'auto' },
    files: {
      'package.json': pkg('app'),
      'tsconfig.json': `{
        // Comments and trailing commas are allowed here.
        "compilerOptions": {
          "baseUrl": ".", /* the folder of this file */
          "paths": {
            "@/*": ["src/*"],
            "@/special/*": ["special/*"],
            "@lib": ["lib/index.ts"],
            "exact/name": ["./src/x.ts"],
            "*.svg": ["src/svg.ts"],
            "@fallback/*": ["nowhere/*", "src/*"],
          },
        },
      }`,
      'src/main.ts': '', 'src/a.ts': '', 'src/x.ts': '', 'src/svg.ts': '', 'src/dir/index.ts': '',
      'special/q.ts': '', 'src/special/q.ts': '', 'lib/index.ts': '', 'lib/deep.ts': '',
      'node_modules/react/package.json': pkg('react', { main: 'index.js' }),
      'node_modules/react/index.js': '',
      'node_modules/inner/package.json': pkg('inner'),
      'node_modules/inner/index.js': '',
    },
    cases: [
      ['src/main.ts', '@/a', 'src/a.ts'],
      ['src/main.ts', '@/a.js', 'src/a.ts'],
      ['src/main.ts', '@/a.ts', 'src/a.ts'],
      ['src/main.ts', '@/dir', 'src/dir/index.ts'],
      ['src/main.ts', '@/special/q', 'special/q.ts'],
      ['src/main.ts', '@lib', 'lib/index.ts'],
      ['src/main.ts', '@lib/deep', 'error'],
      ['src/main.ts', 'exact/name', 'src/x.ts'],
      ['src/main.ts', 'logo.svg', 'src/svg.ts'],
      ['src/main.ts', '@fallback/a', 'src/a.ts'],
      ['src/main.ts', '@/missing', 'error'],
      ['src/main.ts', 'lib/deep', 'lib/deep.ts'],
      ['src/main.ts', 'src/dir', 'src/dir/index.ts'],
      ['src/main.ts', 'react', 'node_modules/react/index.js'],
      ['src/main.ts', './a', 'src/a.ts'],
    ],
  },
  {
    name: 'tsconfig paths without baseUrl are relative to their file',
    set: { tsconfig: 'auto' },
    files: {
      'package.json': pkg('app'),
      'tsconfig.json': json({ extends: './config/base' }),
      'config/base.json': json({ compilerOptions: { paths: { '~/*': ['../src/*'] } } }),
      'src/main.ts': '', 'src/a.ts': '', 'sub/tsconfig.json': json({ extends: '../tsconfig.json' }),
      'sub/main.ts': '', 'other/tsconfig.json': json({ compilerOptions: {} }), 'other/main.ts': '',
    },
    cases: [
      ['src/main.ts', '~/a', 'src/a.ts'],
      ['sub/main.ts', '~/a', 'src/a.ts'],
      ['other/main.ts', '~/a', 'error'],
      ['src/main.ts', 'src/a', 'error'],
    ],
  },
  {
    name: 'tsconfig extends a package, a list, and overrides',
    set: { tsconfig: 'auto' },
    files: {
      'package.json': pkg('app'),
      'tsconfig.json': json({ extends: ['@cfg/base', './second.json'] }),
      'second.json': json({ compilerOptions: { paths: { 'two/*': ['${configDir}/src/*'] } } }),
      'node_modules/@cfg/base/package.json': pkg('@cfg/base', { main: 'x.js' }),
      'node_modules/@cfg/base/tsconfig.json': json({ compilerOptions: { paths: { 'one/*': ['./lib/*'] } } }),
      'node_modules/@cfg/base/lib/a.ts': '',
      'only/tsconfig.json': json({ extends: '@cfg/base/tsconfig.json' }),
      'only/main.ts': '', 'src/main.ts': '', 'src/a.ts': '',
      'far/tsconfig.json': json({ extends: '../second.json' }), 'far/src/a.ts': '', 'far/main.ts': '',
    },
    cases: [
      ['src/main.ts', 'two/a', 'src/a.ts'],
      ['src/main.ts', 'one/a', 'error'],
      ['only/main.ts', 'one/a', 'node_modules/@cfg/base/lib/a.ts'],
      ['far/main.ts', 'two/a', 'far/src/a.ts'],
    ],
  },
  {
    name: 'tsconfig references',
    set: { tsconfig: 'auto' },
    files: {
      'package.json': pkg('app'),
      'tsconfig.json': json({
        files: [],
        references: [{ path: './tsconfig.app.json' }, { path: './tsconfig.node.json' }, { path: './lib' }],
      }),
      'tsconfig.app.json': json({
        compilerOptions: { composite: true, paths: { '@/*': ['./src/*'] } }, include: ['src'],
      }),
      'tsconfig.node.json': json({
        compilerOptions: { composite: true, paths: { '@/*': ['./tools/*'] } }, include: ['tools'],
      }),
      'lib/tsconfig.json': json({ compilerOptions: { composite: true, paths: { '@/*': ['./in/*'] } } }),
      'src/main.ts': '', 'src/a.ts': '', 'tools/main.ts': '', 'tools/a.ts': '', 'lib/main.ts': '',
      'lib/in/a.ts': '',
    },
    cases: [
      ['src/main.ts', '@/a', 'src/a.ts'],
      ['tools/main.ts', '@/a', 'tools/a.ts'],
      ['lib/main.ts', '@/a', 'lib/in/a.ts'],
    ],
  },
  {
    name: 'one tsconfig for all',
    set: { tsconfig: 'configs/tsconfig.paths.json' },
    files: {
      'package.json': pkg('app'),
      'configs/tsconfig.paths.json': json({ compilerOptions: { baseUrl: '..', paths: { '@/*': ['src/*'] } } }),
      'tsconfig.json': json({ compilerOptions: { paths: { '@/*': ['./wrong/*'] } } }),
      'src/main.ts': '', 'src/a.ts': '', 'wrong/a.ts': '',
    },
    cases: [['src/main.ts', '@/a', 'src/a.ts']],
  },
  {
    name: 'browser map of the application',
    files: {
      'package.json': pkg('app', {
        browser: {
          './src/server.js': './src/client.js', './src/off.js': false, fs: false, 'pkg-a': 'pkg-b',
          'pkg-c': './src/shim.js', './src/noext': './src/client.js', 'pkg-d/deep': false,
        },
      }),
      'src/main.js': '', 'src/server.js': '', 'src/client.js': '', 'src/off.js': '', 'src/shim.js': '',
      'src/noext.js': '', 'src/sub/main.js': '',
      'node_modules/pkg-a/package.json': pkg('pkg-a'), 'node_modules/pkg-a/index.js': '',
      'node_modules/pkg-b/package.json': pkg('pkg-b'), 'node_modules/pkg-b/index.js': '',
      'node_modules/pkg-d/package.json': pkg('pkg-d'), 'node_modules/pkg-d/index.js': '',
      'node_modules/pkg-d/deep.js': '',
    },
    cases: [
      ['src/main.js', './server.js', 'src/client.js'],
      ['src/main.js', './server', 'src/client.js'],
      ['src/sub/main.js', '../server', 'src/client.js'],
      ['src/main.js', './off.js', 'ignored'],
      ['src/main.js', './off', 'ignored'],
      ['src/main.js', 'fs', 'ignored'],
      ['src/main.js', 'pkg-a', 'node_modules/pkg-b/index.js'],
      ['src/main.js', 'pkg-c', 'src/shim.js'],
      ['src/main.js', './noext', 'src/client.js'],
      ['src/main.js', 'pkg-d', 'node_modules/pkg-d/index.js'],
      ['src/main.js', 'pkg-d/deep', 'ignored'],
      ['node_modules/pkg-b/index.js', 'pkg-a', 'node_modules/pkg-a/index.js'],
    ],
  },
  {
    name: 'browser maps of packages',
    files: {
      'package.json': pkg('app'), 'main.js': '',
      'node_modules/str/package.json': pkg('str', { main: 'node.js', browser: 'web.js' }),
      'node_modules/str/node.js': '', 'node_modules/str/web.js': '',
      'node_modules/map/package.json': pkg('map', {
        main: './lib/index.js', browser: { './lib/index.js': './lib/web.js', './lib/io': './lib/io-web.js', crypto: false },
      }),
      'node_modules/map/lib/index.js': '', 'node_modules/map/lib/web.js': '', 'node_modules/map/lib/io.js': '',
      'node_modules/map/lib/io-web.js': '',
      'node_modules/mod/package.json': pkg('mod', { main: 'main.js', module: 'esm.js', browser: { './esm.js': './web.js' } }),
      'node_modules/mod/main.js': '', 'node_modules/mod/esm.js': '', 'node_modules/mod/web.js': '',
      'node_modules/gone/package.json': pkg('gone', { main: 'main.js', module: 'missing.js' }),
      'node_modules/gone/main.js': '',
      'node_modules/none/package.json': pkg('none', { browser: { './index.js': false } }),
      'node_modules/none/index.js': '',
    },
    cases: [
      ['main.js', 'str', 'node_modules/str/web.js'],
      ['main.js', 'map', 'node_modules/map/lib/web.js'],
      ['main.js', 'map/lib/io', 'node_modules/map/lib/io-web.js'],
      ['main.js', 'map/lib/io.js', 'node_modules/map/lib/io.js'], // the key names no extension
      ['node_modules/map/lib/index.js', './io', 'node_modules/map/lib/io-web.js'],
      ['node_modules/map/lib/index.js', 'crypto', 'ignored'],
      ['main.js', 'mod', 'node_modules/mod/web.js'],
      ['main.js', 'gone', 'node_modules/gone/main.js'],
      ['main.js', 'none', 'ignored'],
    ],
  },
  {
    name: 'no browser maps where they are off',
    base: 'worker',
    files: {
      'package.json': pkg('app', { browser: { './a.js': './b.js', fs: false } }),
      'main.js': '', 'a.js': '', 'b.js': '',
      'node_modules/str/package.json': pkg('str', { main: 'node.js', browser: 'web.js' }),
      'node_modules/str/node.js': '', 'node_modules/str/web.js': '',
      'node_modules/buffer/package.json': pkg('buffer', { main: 'index.js' }), 'node_modules/buffer/index.js': '',
    },
    cases: [
      ['main.js', './a.js', 'a.js'],
      ['main.js', 'str', 'node_modules/str/node.js'],
      ['main.js', 'fs', 'builtin fs'],
      ['main.js', 'node:fs/promises', 'builtin fs/promises'],
      ['main.js', 'fs/promises', 'builtin fs/promises'],
      ['main.js', 'buffer', 'builtin buffer'],
      ['main.js', 'buffer/', 'node_modules/buffer/index.js'],
      ['main.js', 'buffer/index.js', 'node_modules/buffer/index.js'],
      ['main.js', 'test', 'error'],
      ['main.js', 'node:test', 'builtin test'],
    ],
  },
  {
    name: 'file and directory of one name, dots and slashes',
    files: {
      'package.json': pkg('app'), 'index.ts': '', 'src/index.tsx': '', 'src/main.ts': '', 'src/x.ts': '',
      'src/x/index.ts': '', 'src/only/index.ts': '', 'src/empty/readme.md': '',
      'src/withmain/package.json': json({ main: './lib/entry.js' }), 'src/withmain/lib/entry.js': '',
      'src/withmain/index.js': '', 'src/withexports/package.json': json({ exports: './no.js' }),
      'src/withexports/index.js': '', 'src/withexports/no.js': '',
      'src/badmain/package.json': json({ main: './gone.js' }), 'src/badmain/index.js': '',
      'src/dirmain/package.json': json({ main: 'lib' }), 'src/dirmain/lib/index.js': '',
      'src/deep/er/main.ts': '', 'src/looks.js/index.ts': '',
    },
    cases: [
      ['src/main.ts', './x', 'src/x.ts'],
      ['src/main.ts', './x/', 'src/x/index.ts'],
      ['src/main.ts', './x/index', 'src/x/index.ts'],
      ['src/main.ts', './only', 'src/only/index.ts'],
      ['src/main.ts', './only/', 'src/only/index.ts'],
      ['src/main.ts', './empty', 'error'],
      ['src/main.ts', './x.ts/', 'error'],
      ['src/main.ts', './withmain', 'src/withmain/lib/entry.js'],
      ['src/main.ts', './withexports', 'src/withexports/index.js'],
      ['src/main.ts', './badmain', 'src/badmain/index.js'],
      ['src/main.ts', './dirmain', 'src/dirmain/lib/index.js'],
      ['src/main.ts', '.', 'src/index.tsx'],
      ['src/main.ts', './', 'src/index.tsx'],
      ['src/main.ts', '..', 'index.ts'],
      ['src/main.ts', '../', 'index.ts'],
      ['src/deep/er/main.ts', '../..', 'src/index.tsx'],
      ['src/deep/er/main.ts', '../../x', 'src/x.ts'],
      ['src/main.ts', './/x', 'src/x.ts'],
      ['src/main.ts', './deep/../x', 'src/x.ts'],
      ['src/main.ts', './nowhere/../x', 'src/x.ts'],
      ['src/main.ts', './looks.js', 'src/looks.js/index.ts'],
    ],
  },
  {
    name: 'TypeScript extensions and dots in names',
    files: {
      'package.json': pkg('app'), 'main.ts': '', 'x.ts': '', 'y.tsx': '', 'm.mts': '', 'c.cts': '',
      'both.js': '', 'both.ts': '', 'j.tsx': '', 'race.mjs': '', 'race.js': '', 'race.ts': '', 'race.json': '',
      'foo.server.ts': '', 'foo.server.test.tsx': '', 'data.json': '{}', 'types.d.ts': '', 'v1.2/index.ts': '',
      'jsx.jsx': '', 'style.css': '',
      'node_modules/pkg.ui/package.json': pkg('pkg.ui', { main: 'index.js' }), 'node_modules/pkg.ui/index.js': '',
      'node_modules/lodash.debounce/package.json': pkg('lodash.debounce'), 'node_modules/lodash.debounce/index.js': '',
      'node_modules/x/package.json': pkg('x'), 'node_modules/x/server.edge.js': '',
    },
    cases: [
      ['main.ts', './x.js', 'x.ts'],
      ['main.ts', './y.js', 'y.tsx'],
      ['main.ts', './j.jsx', 'j.tsx'],
      ['main.ts', './m.mjs', 'm.mts'],
      ['main.ts', './c.cjs', 'c.cts'],
      ['main.ts', './both.js', 'both.js'],
      ['main.ts', './both', 'both.js'],
      ['main.ts', './race', 'race.mjs'],
      ['main.ts', './race.ts', 'race.ts'],
      ['main.ts', './foo.server', 'foo.server.ts'],
      ['main.ts', './foo.server.js', 'foo.server.ts'],
      ['main.ts', './foo.server.test', 'foo.server.test.tsx'],
      ['main.ts', './data', 'data.json'],
      ['main.ts', './data.json', 'data.json'],
      ['main.ts', './style.css', 'style.css'],
      ['main.ts', './style', 'error'],
      ['main.ts', './types', 'error'],
      ['main.ts', './c', 'error'],
      ['main.ts', './v1.2', 'v1.2/index.ts'],
      ['main.ts', 'pkg.ui', 'node_modules/pkg.ui/index.js'],
      ['main.ts', 'lodash.debounce', 'node_modules/lodash.debounce/index.js'],
      ['main.ts', 'x/server.edge', 'node_modules/x/server.edge.js'],
      ['main.ts', './x.mjs', 'error'],
    ],
  },
  {
    name: 'queries and hashes',
    files: {
      'package.json': pkg('app'), 'src/main.ts': '', 'src/a.ts': '', 'src/icon.svg': '', 'src/we#ird.ts': '',
      'src/c#/main.ts': '', 'src/c#/near.ts': '', 'src/index.ts': '', 'src/dir/index.ts': '', 'src/sp ace.ts': '',
      'src/per%20cent.ts': '',
      'node_modules/p/package.json': pkg('p', { exports: { '.': './i.js', './s': './s.js' } }),
      'node_modules/p/i.js': '', 'node_modules/p/s.js': '',
    },
    cases: [
      ['src/main.ts', './a.ts?raw', 'src/a.ts'],
      ['src/main.ts', './a?url', 'src/a.ts'],
      ['src/main.ts', './a.js?worker', 'src/a.ts'],
      ['src/main.ts', './icon.svg?react', 'src/icon.svg'],
      ['src/main.ts', './icon.svg?a=./b/c.ts', 'src/icon.svg'],
      ['src/main.ts', './icon.svg#part', 'src/icon.svg'],
      ['src/main.ts', './dir?x', 'src/dir/index.ts'],
      ['src/main.ts', './missing.ts?raw', 'error'],
      ['src/main.ts', './we#ird.ts', 'src/we#ird.ts'],
      ['src/main.ts', './we#ird', 'src/we#ird.ts'],
      ['src/main.ts', './c#/near', 'src/c#/near.ts'],
      ['src/c#/main.ts', './near', 'src/c#/near.ts'],
      ['src/c#/main.ts', '../a', 'src/a.ts'],
      ['src/c#/main.ts', 'p', 'node_modules/p/i.js'],
      ['src/main.ts', 'p?x', 'node_modules/p/i.js'],
      ['src/main.ts', 'p/s?x=1', 'node_modules/p/s.js'],
      ['src/main.ts', './sp ace', 'src/sp ace.ts'],
      ['src/main.ts', './per%20cent', 'src/per%20cent.ts'],
    ],
  },
  {
    name: 'letter case',
    files: {
      'package.json': pkg('app'), 'main.ts': '', 'foo.ts': '', 'Bar.ts': '', 'bar.ts': '', 'Dir/index.ts': '',
      'node_modules/lower/package.json': pkg('lower'), 'node_modules/lower/index.js': '',
    },
    cases: [
      ['main.ts', './Foo', 'error'],
      ['main.ts', './foo', 'foo.ts'],
      ['main.ts', './Bar', 'Bar.ts'],
      ['main.ts', './bar', 'bar.ts'],
      ['main.ts', './dir', 'error'],
      ['main.ts', 'Lower', 'error'],
      ['main.ts', './foo.TS', 'error'],
    ],
  },
  {
    name: 'exports maps',
    files: {
      'package.json': pkg('app'), 'main.js': '',
      'node_modules/e/package.json': pkg('e', {
        main: './never.js',
        exports: {
          '.': { node: './node.js', browser: { import: './web.mjs', require: './web.cjs' }, default: './d.js' },
          './null': null,
          './list': ['./list-missing.js', './d.js'],
          './list2': [{ unknown: './d.js' }, './web.mjs'],
          './list3': ['not-relative', './d.js'],
          './none': { unknown: './d.js' },
          './nested': { import: { unknown: './never.js' }, default: './d.js' },
          './stop': { browser: null, default: './d.js' },
          './out': '../../main.js',
          './bare': 'other',
          './gone': './gone.js',
          './f/*': './feat/*.js',
          './f/private/*': null,
          './f/special/*': './special/*.js',
          './ext/*.js': './feat/*.js',
          './two/*/end': './feat/*-*.js',
          './dir/*': './dir/*',
          './noext': './d',
          './package.json': './package.json',
        },
      }),
      'node_modules/e/node.js': '', 'node_modules/e/web.mjs': '', 'node_modules/e/web.cjs': '', 'node_modules/e/d.js': '',
      'node_modules/e/never.js': '', 'node_modules/e/feat/a.js': '', 'node_modules/e/feat/in/b.js': '',
      'node_modules/e/feat/private/p.js': '', 'node_modules/e/special/s.js': '', 'node_modules/e/feat/z-z.js': '',
      'node_modules/e/dir/file.txt': '', 'node_modules/e/dir/index.js': '',
      'node_modules/s/package.json': pkg('s', { exports: './only.js' }), 'node_modules/s/only.js': '', 'node_modules/s/index.js': '',
      'node_modules/sugar/package.json': pkg('sugar', { exports: { require: './r.js', import: './i.js' } }),
      'node_modules/sugar/r.js': '', 'node_modules/sugar/i.js': '',
      'node_modules/order/package.json': pkg('order', { exports: { default: './d.js', import: './i.js' } }),
      'node_modules/order/d.js': '', 'node_modules/order/i.js': '',
      'node_modules/mixed/package.json': pkg('mixed', { exports: { '.': './d.js', import: './i.js' } }),
      'node_modules/mixed/d.js': '', 'node_modules/mixed/i.js': '',
      'node_modules/empty/package.json': pkg('empty', { exports: {} }), 'node_modules/empty/index.js': '',
      'node_modules/off/package.json': pkg('off', { exports: null }), 'node_modules/off/index.js': '',
      'node_modules/fold/package.json': pkg('fold', { exports: { './': './lib/' } }), 'node_modules/fold/lib/a.js': '',
      'node_modules/@sc/ope/package.json': pkg('@sc/ope', { exports: { '.': './i.js', './s/*': './s/*.js' } }),
      'node_modules/@sc/ope/i.js': '', 'node_modules/@sc/ope/s/t.js': '',
    },
    cases: [
      ['main.js', 'e', 'node_modules/e/web.mjs'],
      ['main.js', 'e', 'node_modules/e/web.cjs', 'require'],
      ['main.js', 'e/null', 'error'],
      ['main.js', 'e/list2', 'node_modules/e/web.mjs'],
      ['main.js', 'e/list3', 'node_modules/e/d.js'],
      ['main.js', 'e/none', 'error'],
      ['main.js', 'e/nested', 'node_modules/e/d.js'],
      ['main.js', 'e/stop', 'error'],
      ['main.js', 'e/out', 'error'],
      ['main.js', 'e/bare', 'error'],
      ['main.js', 'e/gone', 'error'],
      ['main.js', 'e/f/a', 'node_modules/e/feat/a.js'],
      ['main.js', 'e/f/in/b', 'node_modules/e/feat/in/b.js'],
      ['main.js', 'e/f/private/p', 'error'],
      ['main.js', 'e/f/special/s', 'node_modules/e/special/s.js'],
      ['main.js', 'e/f/', 'error'],
      ['main.js', 'e/ext/a.js', 'node_modules/e/feat/a.js'],
      ['main.js', 'e/ext/a', 'error'],
      ['main.js', 'e/two/z/end', 'node_modules/e/feat/z-z.js'],
      ['main.js', 'e/dir/file.txt', 'node_modules/e/dir/file.txt'],
      ['main.js', 'e/d.js', 'error'],
      ['main.js', 'e/package.json', 'node_modules/e/package.json'],
      ['main.js', 'e/noext', 'node_modules/e/d.js'],
      ['main.js', 's', 'node_modules/s/only.js'],
      ['main.js', 's/index.js', 'error'],
      ['main.js', 's/', 'error'],
      ['main.js', 'sugar', 'node_modules/sugar/i.js'],
      ['main.js', 'sugar', 'node_modules/sugar/r.js', 'require'],
      ['main.js', 'order', 'node_modules/order/d.js'],
      ['main.js', 'mixed', 'error'],
      ['main.js', 'empty', 'error'],
      ['main.js', 'off', 'node_modules/off/index.js'],
      ['main.js', 'fold/a.js', 'node_modules/fold/lib/a.js'],
      ['main.js', '@sc/ope', 'node_modules/@sc/ope/i.js'],
      ['main.js', '@sc/ope/s/t', 'node_modules/@sc/ope/s/t.js'],
      ['main.js', '@sc', 'error'],
      ['main.js', '@sc/', 'error'],
      ['main.js', 'e/../s', 'error'],
      ['main.js', '', 'error'],
    ],
  },
  {
    name: 'self-reference and imports maps',
    files: {
      'package.json': pkg('me', {
        exports: { '.': './src/index.js', './x': './src/x.js' },
        imports: {
          '#in': './src/in.js', '#in/*': './src/in/*.js', '#in/secret/*': null, '#dep': 'dep', '#dep/*': 'dep/lib/*.js',
          '#cond': { browser: './src/web.js', default: './src/in.js' }, '#gone': './src/gone.js', '#out': '../x.js',
          '#list': [{ unknown: './a.js' }, './src/in.js'], '#self': 'me/x', '#chain': '#in',
        },
      }),
      'src/index.js': '', 'src/x.js': '', 'src/in.js': '', 'src/web.js': '', 'src/in/a.js': '', 'src/in/secret/s.js': '',
      'src/no/package.json': '{"type":"module"}', 'src/no/m.js': '',
      'node_modules/dep/package.json': pkg('dep', { exports: { '.': './i.js', './lib/*': './lib/*' } }),
      'node_modules/dep/i.js': '', 'node_modules/dep/lib/a.js': '',
      'node_modules/me/package.json': pkg('me'), 'node_modules/me/index.js': '',
      'node_modules/plain/package.json': pkg('plain'), 'node_modules/plain/index.js': '',
    },
    cases: [
      ['src/index.js', 'me', 'src/index.js'],
      ['src/index.js', 'me/x', 'src/x.js'],
      ['src/index.js', 'me/src/x.js', 'error'],
      ['src/index.js', '#in', 'src/in.js'],
      ['src/index.js', '#in/a', 'src/in/a.js'],
      ['src/index.js', '#in/secret/s', 'error'],
      ['src/index.js', '#dep', 'node_modules/dep/i.js'],
      ['src/index.js', '#dep/a', 'node_modules/dep/lib/a.js'],
      ['src/index.js', '#cond', 'src/web.js'],
      ['src/index.js', '#gone', 'error'],
      ['src/index.js', '#out', 'error'],
      ['src/index.js', '#list', 'src/in.js'],
      ['src/index.js', '#missing', 'error'],
      ['src/index.js', '#', 'error'],
      ['src/index.js', '#in?raw', 'src/in.js'],
      ['src/no/m.js', '#in', 'error'],
      ['node_modules/plain/index.js', 'plain', 'node_modules/plain/index.js'],
      ['node_modules/plain/index.js', '#in', 'error'],
    ],
  },
  {
    name: 'node_modules above node_modules',
    files: {
      'package.json': pkg('app'), 'main.js': '', 'sub/dir/deep.js': '',
      'node_modules/a/package.json': pkg('a'), 'node_modules/a/index.js': '',
      'node_modules/a/node_modules/b/package.json': pkg('b'), 'node_modules/a/node_modules/b/index.js': '',
      'node_modules/b/package.json': pkg('b'), 'node_modules/b/index.js': '',
      'node_modules/c/package.json': pkg('c'), 'node_modules/c/index.js': '',
      'node_modules/file.js': '', 'node_modules/nopkg/index.js': '', 'node_modules/nopkg/lib/x.js': '',
      'sub/node_modules/c/package.json': pkg('c', { main: 'sub.js' }), 'sub/node_modules/c/sub.js': '',
      'sub/node_modules/b/readme.md': '',
      'node_modules/broken/package.json': '{ "name": "broken", ', 'node_modules/broken/index.js': '',
    },
    cases: [
      ['node_modules/a/index.js', 'b', 'node_modules/a/node_modules/b/index.js'],
      ['main.js', 'b', 'node_modules/b/index.js'],
      ['node_modules/a/node_modules/b/index.js', 'c', 'node_modules/c/index.js'],
      ['node_modules/a/node_modules/b/index.js', 'a', 'node_modules/a/index.js'],
      ['sub/dir/deep.js', 'c', 'sub/node_modules/c/sub.js'],
      ['main.js', 'nopkg', 'node_modules/nopkg/index.js'],
      ['main.js', 'nopkg/lib/x', 'node_modules/nopkg/lib/x.js'],
      ['main.js', 'broken', 'error'],
      ['main.js', 'nothing', 'error'],
      ['main.js', './node_modules/a', 'node_modules/a/index.js'],
    ],
  },
  {
    name: 'workspaces and symlinks',
    files: {
      'package.json': pkg('root', { workspaces: ['packages/*'] }),
      'packages/ui/package.json': pkg('@ws/ui', { exports: { '.': './src/index.ts', './*': './src/*.tsx' } }),
      'packages/ui/src/index.ts': '', 'packages/ui/src/button.tsx': '',
      'packages/app/package.json': pkg('@ws/app', { dependencies: { '@ws/ui': 'workspace:*' } }),
      'packages/app/src/main.ts': '',
      'packages/app/node_modules/@ws/ui': { link: '../../../ui' },
      'node_modules/@ws/app': { link: '../../packages/app' },
      'node_modules/react/package.json': pkg('react'), 'node_modules/react/index.js': '',
      'packages/app/src/link.ts': { link: 'real.ts' }, 'packages/app/src/real.ts': '',
      'packages/app/src/linkdir': { link: '../../ui/src' },
      'packages/app/src/loop.ts': { link: 'loop2.ts' }, 'packages/app/src/loop2.ts': { link: 'loop.ts' },
      'packages/app/src/dangling.ts': { link: 'nowhere.ts' },
    },
    cases: [
      ['packages/app/src/main.ts', '@ws/ui', 'packages/ui/src/index.ts'],
      ['packages/app/src/main.ts', '@ws/ui/button', 'packages/ui/src/button.tsx'],
      ['packages/ui/src/index.ts', 'react', 'node_modules/react/index.js'],
      ['packages/ui/src/index.ts', '@ws/ui/button', 'packages/ui/src/button.tsx'],
      ['packages/app/src/main.ts', './link', 'packages/app/src/real.ts'],
      ['packages/app/src/main.ts', './linkdir/button', 'packages/ui/src/button.tsx'],
      ['packages/app/src/main.ts', './linkdir', 'packages/ui/src/index.ts'],
      ['packages/app/src/main.ts', './loop', 'error'],
      ['packages/app/src/main.ts', './dangling', 'error'],
    ],
  },
  {
    name: 'preserved symlinks',
    set: { preserveSymlinks: true },
    files: {
      'package.json': pkg('root'), 'main.ts': '', 'real.ts': '', 'link.ts': { link: 'real.ts' },
      'packages/ui/package.json': pkg('ui'), 'packages/ui/index.js': '',
      'node_modules/ui': { link: '../packages/ui' },
    },
    cases: [
      ['main.ts', './link', 'link.ts'],
      ['main.ts', 'ui', 'node_modules/ui/index.js'],
    ],
  },
  {
    name: 'aliases',
    set: { alias: { '@': '<root>/src', react: 'preact', off: '' } },
    files: {
      'package.json': pkg('app'), 'src/main.ts': '', 'src/a.ts': '',
      'node_modules/preact/package.json': pkg('preact'), 'node_modules/preact/index.js': '', 'node_modules/preact/hooks.js': '',
      'node_modules/react/package.json': pkg('react'), 'node_modules/react/index.js': '',
      'node_modules/react-dom/package.json': pkg('react-dom'), 'node_modules/react-dom/index.js': '',
      'node_modules/@scope/x/package.json': pkg('@scope/x'), 'node_modules/@scope/x/index.js': '',
    },
    cases: [
      ['src/main.ts', '@/a', 'src/a.ts'],
      ['src/main.ts', 'react', 'node_modules/preact/index.js'],
      ['src/main.ts', 'react/hooks', 'node_modules/preact/hooks.js'],
      ['src/main.ts', 'react-dom', 'node_modules/react-dom/index.js'],
      ['src/main.ts', '@scope/x', 'node_modules/@scope/x/index.js'],
      ['src/main.ts', 'off', 'ignored'],
    ],
  },
  {
    name: 'yarn PnP data',
    pnp: true,
    files: {
      'package.json': pkg('app', { dependencies: { dep: '1.0.0' } }), 'src/main.js': '',
      '.pnp.cjs': '', '.pnp.data.json': pnpData(),
      'packages/lib/package.json': pkg('lib'), 'packages/lib/index.js': '',
      '.yarn/unplugged/dep-1/node_modules/dep/package.json': pkg('dep', {
        exports: { '.': { browser: './web.js', default: './node.js' }, './sub/*': './sub/*.js' },
      }),
      '.yarn/unplugged/dep-1/node_modules/dep/web.js': '', '.yarn/unplugged/dep-1/node_modules/dep/node.js': '',
      '.yarn/unplugged/dep-1/node_modules/dep/sub/a.js': '',
      '.yarn/unplugged/plain-2/node_modules/plain/package.json': pkg('plain', { main: 'lib' }),
      '.yarn/unplugged/plain-2/node_modules/plain/lib/index.js': '',
      '.yarn/unplugged/fallback-1/node_modules/fallback/package.json': pkg('fallback'),
      '.yarn/unplugged/fallback-1/node_modules/fallback/index.js': '',
    },
    cases: [
      ['src/main.js', 'dep', '.yarn/unplugged/dep-1/node_modules/dep/web.js'],
      ['src/main.js', 'dep/sub/a', '.yarn/unplugged/dep-1/node_modules/dep/sub/a.js'],
      ['src/main.js', 'dep/node.js', 'error'],
      ['src/main.js', 'lib', 'packages/lib/index.js'],
      ['src/main.js', 'renamed', '.yarn/unplugged/plain-2/node_modules/plain/lib/index.js'],
      ['src/main.js', 'plain', 'error'],
      ['.yarn/unplugged/dep-1/node_modules/dep/web.js', 'plain', '.yarn/unplugged/plain-2/node_modules/plain/lib/index.js'],
      ['.yarn/unplugged/dep-1/node_modules/dep/web.js', 'peer', 'error'],
      ['.yarn/unplugged/dep-1/node_modules/dep/web.js', 'fallback', '.yarn/unplugged/fallback-1/node_modules/fallback/index.js'],
      ['.yarn/unplugged/dep-1/node_modules/dep/web.js', './sub/a', '.yarn/unplugged/dep-1/node_modules/dep/sub/a.js'],
      ['packages/lib/index.js', 'dep', 'error'],
      ['src/main.js', 'unknown', 'error'],
    ],
  },
];

function pnpData() {
  const unplugged = (name, slot, packageDependencies) => [
    name,
    [[`npm:${slot}`, { packageLocation: `./.yarn/unplugged/${name}-${slot}/node_modules/${name}/`, packageDependencies, linkType: 'HARD' }]],
  ];
  const topLevel = [['dep', 'npm:1'], ['lib', 'workspace:packages/lib'], ['renamed', ['plain', 'npm:2']]];
  return json({
    __info: ['generated'],
    dependencyTreeRoots: [{ name: 'app', reference: 'workspace:.' }, { name: 'lib', reference: 'workspace:packages/lib' }],
    enableTopLevelFallback: true,
    fallbackExclusionList: [['app', ['workspace:.']], ['lib', ['workspace:packages/lib']]],
    fallbackPool: [['fallback', 'npm:1']],
    ignorePatternData: null,
    packageRegistryData: [
      [null, [[null, { packageLocation: './', packageDependencies: topLevel, linkType: 'SOFT' }]]],
      ['app', [['workspace:.', { packageLocation: './', packageDependencies: topLevel, linkType: 'SOFT' }]]],
      ['lib', [['workspace:packages/lib', { packageLocation: './packages/lib/', packageDependencies: [['lib', 'workspace:packages/lib']], linkType: 'SOFT' }]]],
      unplugged('dep', '1', [['dep', 'npm:1'], ['plain', 'npm:2'], ['peer', null]]),
      unplugged('plain', '2', [['plain', 'npm:2']]),
      unplugged('fallback', '1', [['fallback', 'npm:1']]),
    ],
  });
}

/// The part of Yarn's API that enhanced-resolve calls, over the data file of a tree.
export function pnpApiOf(root) {
  const data = JSON.parse(fs.readFileSync(path.join(root, '.pnp.data.json'), 'utf8'));
  const packages = new Map();
  const byPlace = [];
  for (const [name, references] of data.packageRegistryData) {
    for (const [reference, info] of references) {
      packages.set(`${name}\0${reference}`, info);
      if (name !== null) byPlace.push([path.join(root, info.packageLocation), { name, reference, info }]);
    }
  }
  byPlace.sort((a, b) => b[0].length - a[0].length);
  const excluded = new Set(data.fallbackExclusionList.flatMap(([name, list]) => list.map((ref) => `${name}\0${ref}`)));
  return {
    resolveToUnqualified(request, issuer) {
      const [, name, rest] = /^((?:@[^/]+\/)?[^/]+)(.*)$/.exec(request);
      const home = byPlace.find(([place]) => `${issuer}/`.startsWith(place))?.[1];
      let reference = new Map(home?.info.packageDependencies).get(name);
      if (reference === undefined && home && !excluded.has(`${home.name}\0${home.reference}`)) {
        reference = new Map(data.fallbackPool).get(name);
      }
      if (reference === undefined || reference === null) {
        throw Object.assign(new Error(`${name} is not a dependency`), { code: 'MODULE_NOT_FOUND', pnpCode: 'UNDECLARED_DEPENDENCY' });
      }
      const key = Array.isArray(reference) ? reference.join('\0') : `${name}\0${reference}`;
      return path.join(root, packages.get(key).packageLocation, rest);
    },
  };
}

/// Writes a tree below `folder` and returns its real path.
export function writeTree(files, folder) {
  fs.mkdirSync(folder, { recursive: true });
  const root = fs.realpathSync(folder);
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    if (typeof content === 'string') fs.writeFileSync(file, content);
    else fs.symlinkSync(content.link, file);
  }
  return root;
}
