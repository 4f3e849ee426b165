'use server';

type Options = { method?: 'GET' | 'POST' };
const serverQuery = <F>(f: F, _options?: Options) => f;
const serverAction = <F>(f: F, _options?: Options) => f;

export const query = serverQuery(async () => 'query');
export const posted = serverQuery(async () => 'posted', { method: 'POST' });
export const action = serverAction(async () => 'action');
export const got = serverAction(async () => 'got', { method: 'GET' });
export const neither = async () => 'neither';
