const naïve = /ü/, 日本 = 1;
export { 日本, naïve as "ü" };
import { \u0061̊ as å } from './ü 日本.js';
export const { 𠮷 } = å;
