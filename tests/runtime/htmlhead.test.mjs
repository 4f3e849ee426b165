import assert from 'node:assert/strict';
import { test } from 'node:test';

import { injectHead } from '../../bundler/runtime/htmlhead.mjs';

/** A page whose parts come one by one, as the test gives them. */
function stream() {
    let controller;
    const body = new ReadableStream({ start: (given) => void (controller = given) });
    const reader = injectHead(body, '<S>').pipeThrough(new TextDecoderStream()).getReader();
    return {
        give: (text) => controller.enqueue(new TextEncoder().encode(text)),
        end: () => controller.close(),
        take: async () => (await reader.read()).value,
    };
}

test('scripts come right after <head>, however the page is cut', async () => {
    const page = stream();
    page.give('<!doctype html><html><he');
    page.give('ad class="a"><title>\u00e9');
    assert.equal(
        await page.take(),
        '<!doctype html><html><head class="a"><S><title>\u00e9',
    );
    page.give('</title><head>');
    assert.equal(await page.take(), '</title><head>', 'once');
});

test('a page without a head is not held back once its body begins', async () => {
    const page = stream();
    page.give('<!doctype html><html lang="en"><body>first');
    assert.equal(await page.take(), '<!doctype html><html lang="en"><S><body>first');
});

test('a page that goes on for long without a head gets them where it begins', async () => {
    const page = stream();
    const text = `<!doctype html>${'<p>text</p>'.repeat(10_000)}`;
    page.give(text);
    assert.equal(await page.take(), text.replace('<!doctype html>', '$&<S>'));
});

test('what is no page passes as it is', async () => {
    const page = stream();
    page.give('<li>one');
    page.give('</li>');
    page.end();
    assert.equal(await page.take(), '<li>one</li>');
});
