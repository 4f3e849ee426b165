/*
 * An update names what the new modules import and nothing imported before: pages fetch it together
 * with them. Each URL is the one that the modules themselves name.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Dev, imports, project } from './harness.mjs';

const accepting = (text) => `${text}\nimport.meta.hot.accept();\n`;
const lib = (name) => ({
    [`node_modules/${name}/package.json`]: `{ "name": "${name}", "type": "module" }`,
    [`node_modules/${name}/index.js`]: `export default '${name}';\n`,
});

const FILES = {
    'index.html': '<script type="module" src="/src/main.js"></script>',
    'src/main.js': accepting("import old from 'old';\nconsole.log(old);"),
    'src/new.js': "import './deep.js';\nimport second from 'second';\nconsole.log(second);\n",
    'src/deep.js': 'export {};\n',
    ...lib('old'),
    ...lib('first'),
    ...lib('second'),
};

test('an update names what is imported for the first time, at any depth', async (t) => {
    const dev = await Dev.start(await project(t, FILES));
    const page = await dev.page(t);
    const message = await page.after({
        'src/main.js': accepting(
            "import old from 'old';\nimport first from 'first';\nimport './new.js';\n" +
                'console.log(old, first);',
        ),
    });
    const { preload, updates } = message;
    const main = imports(await dev.text(updates[0].url));
    const first = main.find((url) => url.includes('/first/'));
    const second = imports(await dev.text('/src/new.js')).find((url) => /second/.test(url));
    const chunk = async (facade) =>
        imports(await dev.text(facade)).find((url) => url.includes('chunk'));
    const expected = [first, await chunk(first), second, await chunk(second)];
    assert.deepEqual([...preload].sort(), [...expected, '/src/deep.js', '/src/new.js'].sort());

    const again = await page.after({ 'src/main.js': accepting("import old from 'old';") });
    assert.equal(again.preload, undefined);
});
