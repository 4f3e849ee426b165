/* Headers that belong to one connection and are not handed on. */

const HOP_BY_HOP = new Set([
    'connection',
    'keep-alive',
    'proxy-authenticate',
    'proxy-authorization',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
]);

/**
 * @param {string|null|undefined} connection value of the `connection` header, which names more
 * @returns {(name: string) => boolean} for names in lower case
 */
export function hopByHop(connection) {
    const named = new Set((connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
    return (name) => HOP_BY_HOP.has(name) || named.has(name);
}
