import { parentPort } from 'node:worker_threads';
import { readFileSync } from 'node:fs';
import { twice } from './twice.js';
parentPort.postMessage(twice(21) + ' ' + readFileSync(new URL('./note.txt', import.meta.url), 'utf8'));
