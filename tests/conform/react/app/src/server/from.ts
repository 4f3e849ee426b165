'use server';

export { default } from './log';
