"use client"
import a from './a.js';
// comment export * from 'no'
export const b = 1;
`
import c from 'no'
`;
import('./d.js');
