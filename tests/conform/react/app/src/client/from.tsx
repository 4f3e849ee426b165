'use client';

export { default } from './arrow';
