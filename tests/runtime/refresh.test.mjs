import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createRefresh, newestReferences } from '../../bundler/runtime/refreshcore.mjs';

/** react-refresh/runtime as far as it is used: functions with upper-case names are components. */
function makeWorld() {
    const world = { registered: [], signatures: {}, refreshes: 0, scheduled: [] };
    const runtime = {
        isLikelyComponentType: (type) =>
            (typeof type === 'function' || '$$typeof' in Object(type)) && /^[A-Z]/.test(type.name),
        register: (type, id) => world.registered.push(id),
        setSignature: (type, key) => (world.signatures[type.name] ??= key),
        createSignatureFunctionForTransform: () => (type) => type,
        performReactRefresh: () => world.refreshes++,
    };
    return { world, refresh: createRefresh(runtime, (run) => world.scheduled.push(run)) };
}

function App() {}
function Item() {}
function helper() {}

test('exports are registered by name, components inside of objects too', () => {
    const { world, refresh } = makeWorld();
    refresh.registerExports('/a', { default: App, Menu: { Item }, helper, n: 1 });
    refresh.register('/a')(Item, 'Item');
    assert.deepEqual(world.registered, ['/a export default', '/a export Menu-Item', '/a Item']);
});

test('a change is refreshed in place unless what is no component changes, comes or goes', () => {
    const { refresh } = makeWorld();
    const OtherApp = class App {};
    assert.equal(refresh.reasonAgainst({ App }, { App: OtherApp }), null);
    assert.equal(refresh.reasonAgainst({ App, n: 1 }, { App: OtherApp, n: 1 }), null);
    assert.match(refresh.reasonAgainst({ App, n: 1 }, { App, n: 2 }), /'n' is no component/);
    assert.match(refresh.reasonAgainst({ App, Item }, { App }), /'Item' was removed/);
    assert.match(refresh.reasonAgainst({ App }, { App, Item }), /'Item' is new/);
    assert.match(refresh.reasonAgainst({}, {}), /exports no component/);
});

test('the hooks that a component calls are its signature, unless the compiler gave one', () => {
    const { world, refresh } = makeWorld();
    const React = { useState() {}, useEffect() {} };
    const useUser = () => {};
    function Form() {
        React.useState(0);
        (0, React.useEffect)(() => {});
        useUser();
    }
    world.signatures.App = 'compiled';
    refresh.registerExports('/a', { Form, App });
    assert.deepEqual(world.signatures, { App: 'compiled', Form: 'useState,useEffect,useUser' });
});

test('the hooks of what is wrapped are its signature, however often it is', () => {
    const { world, refresh } = makeWorld();
    const useUser = () => {};
    function Form() {
        useUser();
    }
    const ref = { $$typeof: 'forward_ref', name: 'Ref', render: Form };
    const memo = { $$typeof: 'memo', name: 'Memo', type: ref };
    refresh.registerExports('/a', { ref, memo, late: { $$typeof: 'lazy', name: 'Late' } });
    assert.deepEqual(world.signatures, { Ref: 'useUser', Memo: 'useUser', Late: '' });
});

test('an export in its dead zone is no component, and no error', () => {
    const { refresh } = makeWorld();
    const exports = {
        get App() {
            throw new ReferenceError("Cannot access 'App' before initialization");
        },
    };
    refresh.registerExports('/a', exports);
    assert.match(refresh.reasonAgainst({}, exports), /'App' is new/);
});

test('several updates are one refresh', () => {
    const { world, refresh } = makeWorld();
    refresh.enqueueUpdate();
    refresh.enqueueUpdate();
    assert.equal(world.scheduled.length, 1);
    world.scheduled.shift()();
    refresh.enqueueUpdate();
    world.scheduled.shift()();
    assert.equal(world.refreshes, 2);
});

test('what a client reference leads to is the newest version of a component', async () => {
    const NewApp = class App {};
    const family = { current: App };
    const runtime = { getFamilyByType: (type) => ([App, NewApp].includes(type) ? family : undefined) };
    const resolved = { '/a#App': Promise.resolve({ App, helper }), '/b#Item': { default: Item } };
    const resolve = newestReferences(runtime, (id) => resolved[id]);
    const exports = await resolve('/a#App');
    assert.equal(resolve('/a#App'), resolve('/a#App'), 'one promise for one reference');
    assert.equal(exports.App, App);
    family.current = NewApp;
    assert.equal(exports.App, NewApp);
    assert.equal(exports.helper, helper);
    assert.deepEqual(Object.keys(exports), ['App', 'helper']);
    assert.equal(resolve('/b#Item').default, Item);
    assert.equal(resolve('/nowhere'), undefined);
});
