'use server';

const wrap = (f: () => Promise<string>) => () => f();
export default wrap(async () => 'default call');
