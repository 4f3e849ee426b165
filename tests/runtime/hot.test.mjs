/*
 * import.meta.hot and updates, with modules that the test makes up: `page.files` says what a URL
 * evaluates to.
 */

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { HotClient } from '../../bundler/runtime/hot.mjs';

/** A page: modules are functions of their `hot`, which return their namespace. */
function makePage(files = {}) {
    const page = {
        files,
        log: [],
        sent: [],
        reloads: [],
        failures: [],
        evaluated: new Map(), // URL → its namespace, or the error that it threw
        /** Loads a module as the page's HTML would. */
        load: (path) => files[path](page.client.createContext(path)),
        /** An update of modules that accept themselves. */
        update: (...paths) =>
            page.client.update({ updates: paths.map((path) => self(path, `${path}?2`)) }),
    };
    page.client = new HotClient({
        /** A browser evaluates a URL once. What it could not fetch it fetches again. */
        async importModule(url) {
            const module = files[url];
            if (!module) {
                throw new Error(`no ${url}`);
            }
            if (!page.evaluated.has(url)) {
                const hot = page.client.createContext(url.split('?')[0]);
                page.evaluated.set(url, (async () => module(hot))());
            }
            return page.evaluated.get(url);
        },
        send: (message) => page.sent.push(message),
        reload: (why) => page.reloads.push(why),
        swapStylesheet: async ({ url }) => page.log.push(`sheet ${url}`),
        failed: (error, update) => page.failures.push([error.message, update.acceptedPath]),
    });
    return page;
}

const self = (path, url) => ({ kind: 'js', path, acceptedPath: path, url });

/** A module that says everything it goes through. */
function chatty(page, name) {
    return (hot) => {
        page.log.push(`evaluate ${name}`);
        hot.accept(({ v }) => page.log.push(`${name} accepts ${v}`));
        hot.dispose(() => page.log.push(`dispose ${name}`));
        hot.on('custom', (data) => page.log.push(`${name} hears ${data}`));
        return { v: name };
    };
}

test('a module that accepts itself is replaced: dispose, evaluate, accept', async () => {
    const page = makePage();
    page.files['/a'] = chatty(page, 'a1');
    page.files['/a?2'] = chatty(page, 'a2');
    page.load('/a');
    assert.equal(await page.update('/a'), true);
    await page.client.emit('custom', 'x');
    assert.deepEqual(page.log, [
        'evaluate a1',
        'dispose a1',
        'evaluate a2',
        'a1 accepts a2',
        'a2 hears x',
    ]);
});

test('a new module that cannot be loaded costs the old one nothing', async () => {
    const page = makePage();
    page.files['/a'] = chatty(page, 'a1');
    page.files['/a?3'] = chatty(page, 'a3');
    page.load('/a');
    assert.equal(await page.update('/a'), false);
    await page.client.emit('custom', 'x');
    assert.deepEqual(page.log, ['evaluate a1', 'a1 hears x']);
    await page.client.update({ updates: [self('/a', '/a?3')] });
    assert.deepEqual(page.log.slice(2), ['dispose a1', 'evaluate a3', 'a1 accepts a3']);
});

test('a new module that throws leaves the old one listening, and accepting', async () => {
    const page = makePage();
    page.files['/a'] = chatty(page, 'a1');
    page.files['/a?2'] = (hot) => {
        hot.on('custom', () => page.log.push('half-evaluated'));
        throw new Error('broken');
    };
    page.files['/a?3'] = chatty(page, 'a3');
    page.load('/a');
    assert.equal(await page.update('/a'), false);
    await page.client.emit('custom', 'x');
    assert.deepEqual(page.log, ['evaluate a1', 'dispose a1', 'a1 hears x']);
    assert.deepEqual(page.failures, [['broken', '/a']]);
    await page.client.update({ updates: [self('/a', '/a?3')] });
    assert.deepEqual(page.log.slice(3), ['evaluate a3', 'a1 accepts a3']);
});

test('when one module of a message fails none is replaced, until a message mends it', async () => {
    const page = makePage();
    page.files['/a'] = chatty(page, 'a1');
    page.files['/b'] = chatty(page, 'b1');
    page.files['/a?2'] = chatty(page, 'a2');
    page.load('/a');
    page.load('/b');
    assert.equal(await page.update('/a', '/b'), false);
    assert.ok(!page.log.some((line) => /accepts/.test(line)));
    page.files['/b?3'] = chatty(page, 'b3');
    assert.equal(await page.client.update({ updates: [self('/b', '/b?3')] }), true);
    assert.ok(page.log.includes('a1 accepts a2'));
    assert.ok(page.log.includes('b1 accepts b3'));
    page.files['/a?4'] = chatty(page, 'a4');
    page.log.length = 0;
    await page.client.update({ updates: [self('/a', '/a?4')] });
    assert.deepEqual(page.log, ['dispose a2', 'evaluate a4', 'a2 accepts a4']);
});

test('of versions that came to nothing, each is disposed of when the next one runs', async () => {
    const page = makePage();
    for (const url of ['/a', '/a?2', '/a?3']) {
        page.files[url] = chatty(page, url);
    }
    page.files['/b'] = chatty(page, 'b1');
    page.load('/a');
    page.load('/b');
    await page.update('/a', '/b'); // there is no /b?2
    page.files['/b?3'] = chatty(page, 'b3');
    await page.client.update({ updates: [self('/a', '/a?3'), self('/b', '/b?3')] });
    assert.deepEqual(page.log.filter((line) => line.includes('/a')), [
        'evaluate /a',
        'dispose /a',
        'evaluate /a?2',
        'dispose /a?2',
        'evaluate /a?3',
        '/a accepts /a?3',
    ]);
});

test('a mistake that is mended by not importing its module does not hold up anything', async () => {
    const page = makePage();
    page.files['/main'] = chatty(page, 'main1');
    page.files['/a'] = chatty(page, 'a1');
    page.files['/main?2'] = chatty(page, 'main2');
    page.load('/main');
    page.load('/a');
    assert.equal(await page.update('/a'), false);
    assert.equal(await page.update('/main'), true);
    assert.equal(page.log.at(-1), 'main1 accepts main2');
    assert.deepEqual(page.failures, [['no /a?2', '/a'], ['no /a?2', '/a']]);
    assert.equal(await page.client.prune({ paths: ['/a'] }), true);
    page.files['/main?3'] = chatty(page, 'main3');
    assert.equal(await page.client.update({ updates: [self('/main', '/main?3')] }), true);
    assert.equal(page.failures.length, 2);
});

test('data goes from an instance to the next, also when it is read while evaluating', async () => {
    const page = makePage();
    const counter = (n) => (hot) => {
        hot.accept();
        const count = (hot.data.count ?? 0) + n;
        hot.dispose((data) => {
            page.log.push(`dispose with ${count}`);
            data.count = count;
        });
        return { count };
    };
    page.files['/a'] = counter(1);
    page.files['/a?2'] = counter(10);
    page.files['/a?3'] = counter(10);
    page.load('/a');
    await page.update('/a');
    await page.client.update({ updates: [self('/a', '/a?3')] });
    assert.deepEqual(page.log, ['dispose with 1', 'dispose with 11']);
});

test('a module accepts a dependency, several, or exports; callbacks get what changed', async () => {
    const page = makePage();
    page.files['/owner'] = (hot) => {
        hot.accept('/one', (module) => page.log.push(`one ${module.v}`));
        hot.accept(['/one', '/two'], ([one, two]) => page.log.push(`many ${one?.v} ${two?.v}`));
        hot.acceptExports(['x'], (module) => page.log.push(`own ${module.v}`));
        assert.throws(() => hot.accept(5), TypeError);
        return {};
    };
    page.files['/two?2'] = chatty(page, 'two');
    page.files['/one?2'] = chatty(page, 'one');
    page.files['/owner?2'] = chatty(page, 'owner');
    page.load('/owner');
    const dep = (path) => ({ kind: 'js', path: '/owner', acceptedPath: path, url: `${path}?2` });
    await page.client.update({ updates: [dep('/one'), dep('/two')] });
    await page.client.update({ updates: [dep('/three')] });
    await page.update('/owner');
    const heard = page.log.filter((line) => !line.startsWith('evaluate'));
    assert.deepEqual(heard, ['one one', 'many one undefined', 'many undefined two', 'own owner']);
});

test('an accepted dependency is disposed of, and its hot API with it', async () => {
    const page = makePage();
    page.files['/owner'] = (hot) => hot.accept('/dep', () => page.log.push('accepted'));
    page.files['/dep'] = chatty(page, 'dep');
    page.files['/dep?2'] = () => ({}); // does not register anything any more
    page.load('/owner');
    page.load('/dep');
    const update = { kind: 'js', path: '/owner', acceptedPath: '/dep', url: '/dep?2' };
    await page.client.update({ updates: [update] });
    await page.client.emit('custom', 'x');
    assert.deepEqual(page.log, ['evaluate dep', 'dispose dep', 'accepted']);
});

test('updates of what the page has not loaded are ignored', async () => {
    const page = makePage();
    assert.equal(await page.update('/unknown'), true);
    assert.deepEqual(page.failures, []);
});

test('callbacks run in order, and one that throws does not stop the others', async () => {
    const errors = mock.method(console, 'error', () => {});
    const page = makePage();
    page.files['/a'] = (hot) =>
        hot.accept(() => {
            throw new Error('in a callback');
        });
    page.files['/b'] = chatty(page, 'b1');
    page.files['/a?2'] = () => ({});
    page.files['/b?2'] = chatty(page, 'b2');
    page.load('/a');
    page.load('/b');
    assert.equal(await page.update('/a', '/b'), true);
    assert.equal(page.log.at(-1), 'b1 accepts b2');
    assert.match(errors.mock.calls[0].arguments[0].message, /in a callback/);
    errors.mock.restore();
});

test('messages are applied one after the other', async () => {
    const page = makePage();
    page.files['/a'] = chatty(page, 'a1');
    page.load('/a');
    page.files['/a?2'] = chatty(page, 'a2');
    page.files['/a?3'] = chatty(page, 'a3');
    await Promise.all([page.update('/a'), page.client.update({ updates: [self('/a', '/a?3')] })]);
    assert.deepEqual(page.log.slice(1), [
        'dispose a1',
        'evaluate a2',
        'a1 accepts a2',
        'dispose a2',
        'evaluate a3',
        'a2 accepts a3',
    ]);
});

test('prune disposes of all, waiting for that, then says so, then forgets data', async () => {
    const page = makePage();
    for (const path of ['/a', '/b']) {
        page.files[path] = (hot) => {
            hot.dispose(async () => {
                await null;
                page.log.push(`dispose ${path}`);
            });
            hot.prune(() => page.log.push(`prune ${path}`));
        };
        page.load(path);
    }
    await page.client.prune({ paths: ['/a', '/b'] });
    assert.deepEqual(page.log, ['dispose /a', 'dispose /b', 'prune /a', 'prune /b']);
});

test('prune disposes first, then says so, then forgets data', async () => {
    const page = makePage();
    page.files['/a'] = (hot) => {
        page.log.push(`data ${hot.data.x}`);
        hot.data.x = 1;
        hot.dispose(() => page.log.push('dispose'));
        hot.prune(() => page.log.push('prune'));
        hot.on('vite:beforePrune', ({ paths }) => page.log.push(`before ${paths}`));
    };
    page.load('/a');
    await page.client.prune({ paths: ['/a', '/unknown'] });
    page.load('/a');
    assert.deepEqual(page.log, [
        'data undefined',
        'before /a,/unknown',
        'dispose',
        'prune',
        'data undefined',
    ]);
});

test('invalidate goes to the server, with who began and the generation of the update', async () => {
    const page = makePage();
    page.files['/a'] = (hot) => hot.accept(() => hot.invalidate('cannot'));
    page.files['/a?2'] = page.files['/a'];
    page.load('/a');
    await page.client.update({ generation: 4, updates: [self('/a', '/a?2')] });
    page.files['/a?3'] = page.files['/a'];
    await page.client.update({ generation: 5, updates: [{ ...self('/a', '/a?3'), first: '/z' }] });
    const said = { type: 'invalidate', path: '/a', message: 'cannot' };
    assert.deepEqual(page.sent, [
        { ...said, first: '/a', generation: 4 },
        { ...said, first: '/z', generation: 5 },
    ]);
});

test('an update of a module that does not accept its own goes on to its importers', async () => {
    const page = makePage();
    page.files['/a'] = (hot) => hot.dispose(() => page.log.push('dispose'));
    page.files['/b'] = chatty(page, 'b1');
    page.files['/b?2'] = chatty(page, 'b2');
    page.load('/a');
    page.load('/b');
    const updates = [self('/a', '/a?2'), self('/b', '/b?2')];
    assert.equal(await page.client.update({ generation: 3, updates }), true);
    assert.deepEqual(page.log.slice(1), ['dispose b1', 'evaluate b2', 'b1 accepts b2']);
    const message = 'it does not accept its updates';
    assert.deepEqual(page.sent, [
        { type: 'invalidate', path: '/a', message, first: '/a', generation: 3 },
    ]);
});

test('decline asks for a reload instead', async () => {
    const page = makePage();
    page.files['/a'] = (hot) => hot.decline();
    page.load('/a');
    assert.equal(await page.update('/a'), false);
    assert.deepEqual(page.reloads, ['/a declines updates']);
});

test('events: updates are announced, custom ones are sent, off ends listening', async () => {
    const page = makePage();
    page.files['/a'] = (hot) => {
        const once = () => page.log.push('never');
        hot.on('vite:beforeUpdate', ({ updates }) => page.log.push(`before ${updates[0].type}`));
        hot.on('vite:afterUpdate', ({ updates }) => page.log.push(`after ${updates[0].type}`));
        hot.on('custom', once);
        hot.off('custom', once);
        hot.send('hello', { n: 1 });
    };
    page.load('/a');
    await page.client.update({
        updates: [{ kind: 'css', path: '/s.css', acceptedPath: '/s.css', url: '/s.css?2' }],
    });
    await page.client.emit('custom', 1);
    assert.deepEqual(page.log, ['before css-update', 'sheet /s.css?2', 'after css-update']);
    assert.deepEqual(page.sent, [{ type: 'custom', event: 'hello', data: { n: 1 } }]);
});

test('what a module does to the page waits for commit', async () => {
    const page = makePage();
    const styled = (name) => (hot) => {
        hot.accept();
        page.client.whenCommitted(() => page.log.push(`style ${name}`));
    };
    page.files['/css'] = styled('1');
    page.files['/css?2'] = styled('2');
    page.files['/b'] = (hot) => hot.accept();
    page.load('/css');
    page.load('/b');
    await page.update('/css', '/b');
    assert.deepEqual(page.log, ['style 1']);
    page.files['/b?2'] = () => {};
    await page.update('/b');
    assert.deepEqual(page.log, ['style 1', 'style 2']);
});
