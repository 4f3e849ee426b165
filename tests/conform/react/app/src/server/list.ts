'use server';

const list = async () => 'default list';
export { list as default };
