/* What the advisories against dev servers of the past tried, tried here over a real socket: each test attempts to
 * read what must not be read, with the target written byte by byte. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { folder, get, raw, start, websocket } from './harness.mjs';

const SECRET = 'TOP-SECRET';

/** A root with secrets in it and beside it. */
function project(t) {
    const dir = folder(t);
    const root = path.join(dir, 'app');
    const files = {
        'app/index.html': '<p>page</p>',
        'app/src/main.js': 'export {};',
        'app/public/logo.svg': '<svg/>',
        'app/.env': SECRET,
        'app/.env.local': SECRET,
        'app/.ENV.production': SECRET,
        'app/.dev.vars': SECRET,
        'app/.npmrc': SECRET,
        'app/server.PEM': SECRET,
        'app/deep/er/cert.key': SECRET,
        'app/.git/config': SECRET,
        'app/sub/.git/objects/x': SECRET,
        'app/.env.d/inner.txt': SECRET,
        'outside.txt': SECRET,
        'app-other/file.txt': SECRET,
        'public-secret/x.txt': SECRET,
    };
    for (const [name, text] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
        writeFileSync(path.join(dir, name), text);
    }
    symlinkSync(path.join(dir, 'outside.txt'), path.join(root, 'link.txt'));
    symlinkSync(dir, path.join(root, 'up'));
    symlinkSync(path.join(root, '.env'), path.join(root, 'innocent.txt'));
    symlinkSync(path.join(root, 'src/main.js'), path.join(root, 'alias.js'));
    return { dir, root };
}

/** Every target is answered without the secret, and with a status of refusal. */
async function refuses(port, targets, statuses = [400, 403, 404, 414]) {
    for (const target of targets) {
        const answer = await get(port, target);
        assert.ok(!answer.text.includes(SECRET), `${target} leaked`);
        assert.ok(statuses.includes(answer.status), `${target}: ${answer.status}`);
    }
}

test('what may be read is read', async (t) => {
    const { root } = project(t);
    const { port } = await start(t, { root });
    for (const target of ['/src/main.js', `/@fs${root}/src/main.js`, '/src//main.js', '/alias.js', '/index.html?x']) {
        assert.equal((await get(port, target)).status, 200, target);
    }
});

test('/@fs/ and .. in any spelling do not lead out of the root', async (t) => {
    const { dir, root } = project(t);
    const { port } = await start(t, { root });
    await refuses(port, [
        `/@fs${dir}/outside.txt`,
        `/@fs/${dir}/outside.txt`,
        `/@fs//${dir}/outside.txt`,
        `/@fs${root}/../outside.txt`,
        `/@fs${root}/%2e%2e/outside.txt`,
        `/@fs${root}/%2E%2E%2Foutside.txt`,
        `/@fs${root}/.%2e/outside.txt`,
        `/@fs${root}/..%2foutside.txt`,
        `/@fs${root}/src/..%2f..%2foutside.txt`,
        `/@fs${root}/%252e%252e/outside.txt`,
        `/@fs${root}/..%5coutside.txt`,
        `/@fs${root}/..\\outside.txt`,
        `/@fs${root}-other/file.txt`,
        '/../outside.txt',
        '/..%2foutside.txt',
        '/%2e%2e/outside.txt',
        '/src/../../outside.txt',
        '/./../outside.txt',
        '/..;/outside.txt',
        '/@fs/etc/passwd',
        '/@fs/proc/self/environ',
    ]);
});

test('double slashes are one', async (t) => {
    const { dir, root } = project(t);
    const { port } = await start(t, { root });
    await refuses(port, [
        '//.env',
        '//..//outside.txt',
        `//@fs/${dir}/outside.txt`,
        `/@fs//////${dir}//outside.txt`,
        '/src//..//..//outside.txt',
        '//etc/passwd',
    ]);
});

test('denied files are denied in either case, at any depth, and below denied folders', async (t) => {
    const { root } = project(t);
    const { port } = await start(t, { root });
    await refuses(port, [
        '/.env',
        '/.env.local',
        '/.ENV.production',
        '/.dev.vars',
        '/.npmrc',
        '/server.PEM',
        '/deep/er/cert.key',
        '/.git/config',
        '/sub/.git/objects/x',
        '/.env.d/inner.txt',
        `/@fs${root}/.env`,
        '/%2eenv',
        '/.en%76',
    ], [403]);
    // Of what is denied not even the being there is told.
    assert.equal((await get(port, '/.env.none')).text, (await get(port, '/.env')).text);
});

test('/. and / behind a denied file do not open it', async (t) => {
    const { root } = project(t);
    const { port } = await start(t, { root });
    await refuses(port, ['/.env/.', '/.env/', '/.env//', '/.env/%2e', '/.env%2f', '/.env%2f%2e', '/.env/./', '/.env%5c']);
});

test('no query opens a denied file', async (t) => {
    const { dir, root } = project(t);
    const { port } = await start(t, { root });
    const queries = [
        '?raw', '?raw??', '?raw&', '?raw?', '?url', '?inline', '?import&raw', '?raw?import', '?inline&import',
        '?url&inline', '?import&inline=1.wasm?init', '?.svg?.wasm?init', '?.svg', '?direct', '?html-proxy&index=0.js',
        '?worker_file&type=module', '?v=1&raw', '?t=1700000000000&raw', '?r%61w', '?&raw', '??raw', '?=raw', '?import',
        '?init', '?commonjs-proxy', '?vue&type=style', '?lang=ts',
    ];
    await refuses(port, queries.flatMap((query) => [`/.env${query}`, `/@fs${dir}/outside.txt${query}`]), [403]);
});

test('a public folder is no prefix', async (t) => {
    const { root } = project(t);
    const { port } = await start(t, { root: path.join(root, 'public') });
    assert.equal((await get(port, '/logo.svg')).status, 200);
    await refuses(port, ['/../public-secret/x.txt', '/..%2fpublic-secret/x.txt', '-secret/x.txt']);
});

test('pages are files like others', async (t) => {
    const { dir, root } = project(t);
    writeFileSync(path.join(dir, 'secret.html'), SECRET);
    const { port } = await start(t, { root });
    await refuses(port, [`/@fs${dir}/secret.html`, '/../secret.html', '/..%2fsecret.html', `/@fs${dir}/secret`]);
});

test('source maps are no way out', async (t) => {
    const { root } = project(t);
    const { port } = await start(t, { root });
    await refuses(port, ['/@deps/../../outside.txt.map', '/@deps/%2e%2e/%2e%2e/outside.map', '/src/..%2f..%2fx.map']);
});

test('links lead nowhere that their target would not be served from', async (t) => {
    const { root } = project(t);
    const { port } = await start(t, { root });
    await refuses(port, ['/link.txt', '/up/outside.txt', '/up/app-other/file.txt', '/innocent.txt'], [403]);
});

test('a folder swapped for a link between two requests leads nowhere', async (t) => {
    const { dir, root } = project(t);
    const { port } = await start(t, { root });
    writeFileSync(path.join(root, 'src/outside.txt'), 'mine');
    assert.equal((await get(port, '/src/outside.txt')).status, 200);
    renameSync(path.join(root, 'src'), path.join(root, 'old'));
    symlinkSync(dir, path.join(root, 'src'));
    await refuses(port, ['/src/outside.txt'], [403]);
});

test('targets that no browser sends are refused', async (t) => {
    const { dir, root } = project(t);
    const { port } = await start(t, { root });
    await refuses(port, [
        '/#/../outside.txt',
        `/@fs/x#/../../../../${dir}/outside.txt`,
        '/.env#',
        'http://127.0.0.1/.env',
        'http://localhost/src/main.js',
        'src/main.js',
        '*',
        '/src/main.js%00',
        '/.env%00.js',
        '/src/%0d%0amain.js',
        '/src/%ff%fe.js',
        '/src/%c0%ae%c0%ae/x',
        '/%',
        '/%2',
        '/%zz',
        '/src/%5c..%5c..%5coutside.txt',
    ], [400]);
    await refuses(port, [`/${'a'.repeat(9000)}`], [414]);
    await refuses(port, [`/${'a/'.repeat(4000)}`, `/${'a'.repeat(300)}`, `/${'%61'.repeat(2000)}`]);
    const nul = await raw(port, 'GET /src/main.js\0 HTTP/1.1\r\nhost: localhost\r\n\r\nGET');
    assert.doesNotMatch(nul, /200 OK/);
});

test('a path has one form, and what would have another is refused, wherever it leads', async (t) => {
    const { port } = await start(t);
    const table = [
        ['/path/a/b', '/path/a/b'],
        ['//path///a//b', '/path/a/b'],
        ['/path/%2fa%2F%2fb', '/path/a/b'],
        ['/p%61th/%62', '/path/b'],
        ['/path/a/', '/path/a/'],
        ['/path/a//', '/path/a/'],
        ['/path/...', '/path/...'],
        ['/path/.a', '/path/.a'],
        ['/path/a..b', '/path/a..b'],
        ['/path/%c3%bc', '/path/Ã¼'],
        ['/path/./a', null],
        ['/path/../path/a', null],
        ['/path/a/.', null],
        ['/path/a/..', null],
        ['/path/a/%2e', null],
        ['/path/a/%2e%2e', null],
        ['/path/a/.%2E/b', null],
        ['/path/.%2fa', null],
        ['/path/a"b', null],
        ['/path/a<b', null],
        ['/path/a>b', null],
        ['/path/a\\b', null],
        ['/path/a\x7f', null],
        ['/path/a\x01', null],
        ['/path/a%01', null],
        ['/path/a%7f', null],
        ['/path/a%5c', null],
        ['/path/a?b"', null],
        ['/path/%', null],
        ['/path/%2', null],
        ['/path/%zz', null],
    ];
    for (const [target, path] of table) {
        const { status, body } = await get(port, target);
        assert.equal(status, path === null ? 400 : 200, target);
        assert.equal(path === null ? null : body.slice(body.indexOf(' ') + 1), path, target);
    }
});

test('a folder, a pipe and what is not there are not found', async (t) => {
    const { root } = project(t);
    const { port } = await start(t, { root });
    await refuses(port, ['/src', '/src/', '/none.js', '/src/main.js/x'], [404]);
});

test('a host that is not this machine is refused', async (t) => {
    const { root } = project(t);
    const { port } = await start(t, { root, 'allow-host': '.example.com' });
    for (const host of ['localhost', 'LOCALHOST:80', 'app.localhost:1', '127.0.0.1', '192.168.0.7:99', '[::1]:3',
        'example.com', 'a.b.Example.com:443']) {
        assert.equal((await get(port, '/src/main.js', { host })).status, 200, host);
    }
    for (const host of ['evil.com', 'localhost.evil.com', 'xlocalhost', '127.0.0.1.evil.com', 'notexample.com',
        'example.com.evil', 'evil.com:localhost', 'a@localhost', 'localhost:8x', '1.2.3', '1.2.3.4.5', '[::1', '',
        'evil.com/.localhost', 'evil.com#.localhost', 'evil.com?.localhost', 'evil.com\\.localhost', 'a@b.localhost',
        'evil.com .localhost', 'evil.com%2f.localhost', '1..2.3.4', '.1.2.3.4', '[::1]]', '[::1]x.localhost',
        'x[.localhost', 'evil.com,localhost']) {
        const answer = await get(port, '/src/main.js', { host });
        assert.equal(answer.status, 403, host);
        assert.doesNotMatch(answer.body, /export/);
    }
});

test('only allowed origins may read across origins', async (t) => {
    const { root } = project(t);
    const { port } = await start(t, { root, 'allow-origin': 'https://good.example' });
    const allowed = /Access-Control-Allow-Origin: (.*)\r\n/;
    for (const origin of ['http://localhost:3000', 'https://app.localhost', 'http://127.0.0.1', 'http://[::1]:8',
        'https://good.example']) {
        assert.equal((await get(port, '/src/main.js', { origin })).head.match(allowed)?.[1], origin);
    }
    for (const origin of ['https://evil.com', 'http://localhost.evil.com', 'null', 'http://127.0.0.1.evil.com',
        'file://localhost', 'https://good.example.evil', 'http://localhost@evil.com', 'http://192.168.0.1']) {
        const answer = await get(port, '/src/main.js', { origin });
        assert.doesNotMatch(answer.head, allowed, origin);
        assert.match(answer.head, /Vary: Origin/);
    }
    const preflight = (origin) => raw(port, 'OPTIONS /x HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n' +
        `origin: ${origin}\r\naccess-control-request-method: PUT\r\n` +
        'access-control-request-private-network: true\r\naccess-control-request-headers: x-a\r\n\r\n');
    // Who asks for more than CORS gives, a network that is not public, is not told that it may.
    assert.doesNotMatch(await preflight('http://localhost:1'), /Private-Network|Local-Network|Credentials/i);
    assert.match(await preflight('http://localhost:1'), /^HTTP\/1\.1 204 [^]*Allow-Methods: .*PUT[^]*Allow-Headers: x-a/);
    assert.match(await preflight('https://evil.com'), /^HTTP\/1\.1 403 /);
});

test('a script tag of another site gets no code', async (t) => {
    const { root } = project(t);
    const { port } = await start(t, { root });
    const headers = (site, mode, dest) =>
        ({ 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest });
    for (const site of ['cross-site', 'same-site']) {
        const answer = await get(port, '/src/main.js', headers(site, 'no-cors', 'script'));
        assert.equal(answer.status, 403);
        assert.doesNotMatch(answer.body, /export/);
    }
    assert.equal((await get(port, '/src/main.js', headers('same-origin', 'no-cors', 'script'))).status, 200);
    assert.equal((await get(port, '/index.html', headers('cross-site', 'navigate', 'document'))).status, 200);
    assert.equal((await get(port, '/src/main.js', headers('cross-site', 'cors', 'script'))).status, 200);
});

test('a page of another origin, or without the token, opens no WebSocket', async (t) => {
    const { port } = await start(t, { token: 'abc' });
    const own = `http://127.0.0.1:${port}`;
    const target = '/@rwgraph/ws';
    const status = async (query, headers) => {
        const { head, socket } = await websocket(port, target + query, headers);
        socket.destroy();
        return head.slice(9, 12);
    };
    assert.equal(await status('?token=abc', { origin: own }), '101');
    assert.equal(await status('', {}), '101'); // no page
    assert.equal(await status('?token=abc', { origin: 'https://evil.com' }), '403');
    assert.equal(await status('?token=abc', { origin: 'null' }), '403');
    for (const query of ['', '?token=', '?token=ab', '?token=abd', '?token=abcd', '?token=ABC', '?Token=abc']) {
        assert.equal(await status(query, { origin: own }), '403', query);
    }
    assert.equal(await status('?token=abc', { origin: own, host: 'evil.com' }), '403');
    assert.equal(await status('?token=abc', { origin: own, 'sec-websocket-protocol': 'other' }), '426');
});
