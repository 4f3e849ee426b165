import { add } from './add.ts';
import { name as packed } from 'packed';
import styles from '../shared.module.css';
import mark from '../notes/a.txt?raw';

/** Waits for what is loaded later, and for a worker of its own when it is the outermost. */
self.onmessage = async ({ data: [left, right, isInner] }: MessageEvent) => {
    const { times } = await import('./times.ts');
    let inner: unknown;
    if (!isInner && self.name === 'constructed') {
        const worker = new Worker(new URL('./adder.ts', import.meta.url), { type: 'module' });
        inner = await new Promise((resolve) => {
            worker.onmessage = ({ data }) => resolve(data.sum);
            worker.postMessage([10, 20, true]);
        });
    }
    const facts = { packed, style: styles.base, mark, inner };
    postMessage({ ...facts, name: self.name, sum: add(left, right), product: times(left, right) });
};
