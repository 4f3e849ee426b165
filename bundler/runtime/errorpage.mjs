/*
 * The page that answers a navigation when the app failed: what, where, the lines around it, the
 * stack.
 */

const STYLE = `
    body { margin: 0; padding: 2rem; background: #181818; color: #d8d8d8;
        font: 14px/1.5 ui-monospace, monospace }
    main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 2rem; background: #222;
        border-top: 6px solid #e5484d }
    h1 { font-size: 1.1rem; color: #ff6369 }
    h1, pre { white-space: pre-wrap; overflow-wrap: anywhere }
    .file { color: #8fc7ff } .frame { color: #f0e2a8 } .stack { color: #a8a8a8 }
`;

/**
 * @param {{ name: string, message: string, stack?: string, file?: string, line?: number,
 *     column?: number, frame?: string }} error
 * @param {string} [head] HTML that pages of this server have in their heads
 * @returns {string} HTML
 */
export function errorPage({ name, message, stack, file, line, column, frame }, head = '') {
    const place = file ? [file, line, column].filter((part) => part !== undefined).join(':') : '';
    const part = (tag, text) => (text ? `<pre class="${tag}">${escape(text)}</pre>` : '');
    return [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        `<title>${escape(name)}</title><style>${STYLE}</style>`,
        `${head}</head><body><main>`,
        `<h1>${escape(`${name}: ${message}`)}</h1>`,
        part('file', place),
        part('frame', frame),
        part('stack', stack),
        '</main></body></html>',
    ].join('\n');
}

/** An error, or whatever was thrown, as data. */
export function describe(error) {
    if (!(error instanceof Error)) {
        return { name: 'Error', message: `Thrown: ${String(error)}`, stack: '' };
    }
    const { name, message, stack, code, file, line, column, frame } = error;
    const place = typeof file === 'string' ? { file, line, column, frame } : {};
    return { name, message, stack, code, ...place };
}

function escape(text) {
    const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
    return `${text}`.replace(/[&<>"']/g, (character) => entities[character]);
}
