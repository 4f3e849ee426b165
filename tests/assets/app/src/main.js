import './plain.css';
import './layers.css';
import styles, { title } from './title.module.css';
import large from './large.svg';
import small from './small.svg';
import address from './note.txt?url';
import note from './note.txt?raw';

const element = document.querySelector('#title');
element.className = styles.title;
globalThis.born ??= Math.random();
globalThis.seen = { styles: { ...styles }, title, large, small, address, note };
import('./kinds.ts');
