/*
 * What tests of pages in Chromium share: a server on files that a test makes up, and a page of it.
 * Modules write what happens to them into `window.log`.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { Dev, project } from './harness.mjs';

const PACKAGES = fileURLToPath(new URL('../playground/requestInfo/node_modules', import.meta.url));
const PATIENCE = { timeout: 10_000 };

/** A page that runs /src/main.ts. */
export const HTML = `<!doctype html><title>page</title><body><div id="root"></div>
<script>window.log = [];</script><script type="module" src="/src/main.ts"></script></body>`;

/** The statement by which a module says something. */
export const says = (what) => `window.log.push(${JSON.stringify(what)});\n`;

/**
 * A server on these files, and a page of it that has come up. `packages`: with React.
 *
 * @returns {Promise<Tab>}
 */
export async function openTab(t, browser, files, { at = '/', packages = false } = {}) {
    const root = await project(t, { 'index.html': HTML, ...files });
    if (packages) {
        await fs.symlink(PACKAGES, path.join(root, 'node_modules'));
    }
    const dev = await Dev.start(root);
    const tab = await browser.browser.newPage();
    t.after(() => tab.close());
    const page = new Tab(dev, tab);
    await page.goto(at);
    await page.mark();
    return page;
}

/** A page, and what is asked of it. */
export class Tab {
    constructor(dev, tab) {
        this.dev = dev;
        this.tab = tab;
        this.errors = [];
        tab.on('pageerror', (error) => this.errors.push(error.message));
    }

    /** Goes to a page of the server, and waits until it hears of updates. */
    async goto(at) {
        const said = (message) => message.text().includes('[rwgraph] connected');
        const connected = this.tab.waitForEvent('console', said);
        await this.tab.goto(`http://localhost:${this.dev.port}${at}`);
        await connected;
    }

    /** From here on, a page that is loaded anew is noticed. */
    async mark() {
        await this.tab.waitForFunction(() => window.log);
        await this.tab.evaluate(() => {
            window.mark = 'kept';
        });
    }

    /** Waits until the log is this, and is sure that the page was not loaded anew. */
    async logs(...expected) {
        await this.tab
            .waitForFunction((length) => window.log.length >= length, expected.length, PATIENCE)
            .catch(() => {});
        assert.deepEqual(await this.tab.evaluate(() => window.log), expected);
        assert.equal(await this.tab.evaluate(() => window.mark), 'kept', 'the page was loaded anew');
    }

    /** Forgets what was said. */
    clear() {
        return this.tab.evaluate(() => {
            window.log.length = 0;
        });
    }

    /** Waits until the page is loaded anew and has said this, or anything if that is not told. */
    async isLoadedAnew(...expected) {
        await this.tab.waitForFunction(
            (length) => window.log?.length >= length && window.mark === undefined,
            expected.length,
            PATIENCE,
        );
        if (expected.length > 0) {
            assert.deepEqual(await this.tab.evaluate(() => window.log), expected);
        }
        await this.mark();
    }

    /** Waits until an element has this text. */
    shows(selector, text) {
        return this.tab.waitForFunction(
            ([where, what]) => document.querySelector(where)?.textContent === what,
            [selector, text],
            PATIENCE,
        );
    }

    /** Waits until a style of the page's body has this value. */
    looks(name, value) {
        return this.tab.waitForFunction(
            ([what, expected]) => getComputedStyle(document.body)[what] === expected,
            [name, value],
            PATIENCE,
        );
    }

    /** Waits for the overlay, and gives its text. */
    async overlay() {
        await this.tab.waitForSelector('rwgraph-error-overlay', { state: 'attached', ...PATIENCE });
        return this.tab.evaluate(
            () => document.querySelector('rwgraph-error-overlay').shadowRoot.textContent,
        );
    }

    async noOverlay() {
        await this.tab.waitForSelector('rwgraph-error-overlay', { state: 'detached', ...PATIENCE });
    }

    write(files) {
        return this.dev.write(files);
    }

    /** Takes a file away. */
    remove(file) {
        return fs.rm(path.join(this.dev.root, file));
    }
}
