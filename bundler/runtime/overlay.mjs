/*
 * The error overlay: message, file, the lines around it, stack. A custom element with its own
 * shadow tree, so that neither the app's styles nor ours reach each other. It stays until Escape, a
 * click beside it, or the next update.
 */

const NAME = 'rwgraph-error-overlay';

/** A place in a file: by its path, as file:, or as stacks of browsers have it. */
const LINK =
    /(?:\b[a-z]+:\/\/[^\s/()]*)?((?:\/|[a-zA-Z]:\\)[^\s:()?]+)(?:\?[^\s:()]*)?((?::\d+){1,2})/g;

const STYLE = `
:host { position: fixed; inset: 0; z-index: 2147483647; background: rgb(0 0 0 / 66%);
    font: 14px/1.5 ui-monospace, monospace; overflow: auto; display: block }
main { box-sizing: border-box; max-width: 60rem; margin: 2rem auto; padding: 1.5rem 2rem;
    background: #181818; color: #d8d8d8; border-top: 6px solid #e5484d; border-radius: 6px;
    direction: ltr; text-align: left }
h1 { font-size: 1rem; font-weight: 600; margin: 0 0 1rem; color: #ff6369 }
h1, pre { white-space: pre-wrap; overflow-wrap: anywhere }
pre { margin: 0 0 1rem } .frame { color: #f0e2a8 } .stack { color: #a8a8a8 }
a { color: #8fc7ff; cursor: pointer } p { color: #888; margin: 0 }
`;

/**
 * Shows an error in place of any that is there.
 *
 * @param {{ message: string, stack?: string, id?: string, frame?: string, plugin?: string,
 *     loc?: { file?: string, line: number, column: number } }} error
 * @param {{ openFile: (place: string) => void, nonce?: string }} options
 */
export function showOverlay(error, { openFile, nonce }) {
    hideOverlay();
    const overlay = document.createElement(defineElement());
    overlay.show(error, openFile, nonce);
    (document.body ?? document.documentElement).append(overlay); // a script in the head may throw
}

/** Whether there was one to take away. */
export function hideOverlay() {
    const shown = document.querySelectorAll(NAME);
    shown.forEach((overlay) => overlay.remove());
    return shown.length > 0;
}

function defineElement() {
    if (customElements.get(NAME)) {
        return NAME;
    }
    class ErrorOverlay extends HTMLElement {
        show(error, openFile, nonce) {
            const root = this.attachShadow({ mode: 'open' });
            const style = element('style', '', STYLE);
            if (nonce) {
                style.nonce = nonce;
            }
            const main = element('main');
            main.append(...partsOf(error, openFile));
            main.addEventListener('click', (event) => event.stopPropagation());
            root.append(style, main);
            this.addEventListener('click', () => this.remove());
        }

        connectedCallback() {
            this.listening = new AbortController();
            const { signal } = this.listening;
            const close = ({ key }) => key === 'Escape' && this.remove();
            document.addEventListener('keydown', close, { signal });
        }

        disconnectedCallback() {
            this.listening.abort();
        }
    }
    customElements.define(NAME, ErrorOverlay);
    return NAME;
}

function partsOf({ message, stack, id, frame, plugin, loc }, openFile) {
    const file = loc?.file ?? id;
    const place = file && loc ? `${file}:${loc.line}:${loc.column}` : file;
    const title = element('h1', '', plugin ? `[${plugin}] ${message}` : message);
    const parts = [title];
    if (place) {
        parts.push(linked('file', place, openFile));
    }
    if (frame) {
        parts.push(element('pre', 'frame', frame));
    }
    if (stack) {
        parts.push(linked('stack', stack, openFile));
    }
    parts.push(element('p', '', 'Escape or a click outside closes this; so does fixing the code.'));
    return parts;
}

/** Text in which places in files are links that open them in the editor. */
function linked(className, text, openFile) {
    const pre = element('pre', className);
    let end = 0;
    for (const match of text.matchAll(LINK)) {
        const link = element('a', '', match[0]);
        link.addEventListener('click', () => openFile(match[1] + match[2]));
        pre.append(text.slice(end, match.index), link);
        end = match.index + match[0].length;
    }
    pre.append(text.slice(end));
    return pre;
}

function element(name, className = '', text = '') {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
}
