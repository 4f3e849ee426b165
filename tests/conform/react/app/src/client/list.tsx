'use client';

const List = () => <i>list</i>;
export { List as default };
