'use server';

import { plain, plain as renamedPlain } from './log';

export async function declared(text: string) {
    return `declared ${text}`;
}
export function sync() {
    return 'sync';
}
export const arrow = async (...args: unknown[]) => args,
    expression = async function () {
        return 'expression';
    };
export const {
    destructured,
    inner: [nested],
} = {
    destructured: async () => 'destructured',
    inner: [async () => 'nested'],
};
const wrap =
    <T extends unknown[]>(f: (...args: T) => Promise<string>) =>
    (...args: T) =>
        f(...args).then((text) => `wrapped ${text}`);
export const wrapped = wrap(async () => 'call');
async function local() {
    return 'local';
}
export { local as renamed, local as 'string name', plain as imported };
export let live = async () => 'before';
live = async () => 'live';
export async function* generated() {
    yield 1;
    yield 2;
}
export async function add(secret: number, form: FormData | number) {
    return { sum: secret + Number(typeof form === 'number' ? form : form.get('n')) };
}
export async function apply(f: (text: string) => Promise<string>) {
    return `applied ${await f('x')}`;
}
export async function give() {
    return declared;
}
export async function fails() {
    throw new Error('this action fails');
}
export const own = async () => 'own';
export { more, hidden as revealed } from './more';
export { plain as reexported, default as plainDefault } from './log';
export * from './rest';

export class Refused {
    static x = 1;
}
export const LIMIT = 5;
export type Text = string;
export const viaPlain = renamedPlain;
