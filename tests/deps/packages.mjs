/*
 * The entries that tests of dependencies import: the packages of package.json, and some of their
 * subpaths.
 */

import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** Packages without an entry of their own. */
const NO_ENTRY = new Set(['@babel/runtime', 'regenerator-runtime', 'core-js']);

const SUBPATHS = [
    '@apollo/client/react',
    '@babel/runtime/helpers/extends',
    '@mui/material/Button',
    '@trpc/server/adapters/fetch',
    'antd/es/button',
    'axios/unsafe/helpers/bind.js',
    'core-js/actual/promise',
    'date-fns/addDays',
    'dayjs/plugin/utc.js',
    'lit/decorators.js',
    'lodash-es/map.js',
    'lodash/fp.js',
    'lodash/map.js',
    'motion/react',
    'msw/node',
    'preact/hooks',
    'react-dom/client',
    'react-dom/server',
    'react/jsx-dev-runtime',
    'react/jsx-runtime',
    'regenerator-runtime/runtime.js',
    'rxjs/operators',
    'semver/functions/satisfies.js',
    'solid-js/web',
    'svelte/store',
    'use-sync-external-store/shim/with-selector.js',
    'vue/server-renderer',
    'yargs/helpers',
    'zod/v4',
    'zustand/middleware',
];

/** Specifiers, sorted. */
export const SPECIFIERS = [
    ...new Set([
        ...Object.keys(manifest.dependencies).filter((name) => !NO_ENTRY.has(name)),
        ...SUBPATHS,
    ]),
].sort();
