// a import './a.js'; // b export * from './b.js';
export const s = 'x y';
