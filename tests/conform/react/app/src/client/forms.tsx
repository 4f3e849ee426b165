'use client';

import { Component, forwardRef, lazy, memo } from 'react';
import { Other as Imported } from './other';

export function Fn() {
    return <i>Fn</i>;
}
export class Class extends Component {
    render() {
        return <i>Class</i>;
    }
}
export const Arrow = () => <i>Arrow</i>,
    Second = function () {
        return <i>Second</i>;
    };
export const {
    Destructured,
    key: [, Nested = () => <i>Nested</i>],
    ...rest
} = { Destructured: () => <i>Destructured</i>, key: [1], Rest: () => <i>Rest</i> };
function Local() {
    return <i>Local</i>;
}
export { Imported, Local as Renamed, Local as 'string name' };
export let Live = () => <i>before</i>;
Live = () => <i>Live</i>;
export var Var = () => <i>Var</i>;
export enum Color {
    Red = 'red',
}
export const Memo = memo(() => <i>Memo</i>);
export const Forward = forwardRef<HTMLElement>((_, ref) => <i ref={ref}>Forward</i>);
export const Lazy = lazy(async () => ({ default: () => <i>Lazy</i> }));
export const Hidden = () => <i>Hidden</i>;
export const value = { deep: [1, 'two'] };
export type OnlyType = 1;
export interface Shape {}
export * from './star';
export * as Space from './other';
export { Other as ReExported, default as ReDefault } from './other';
export default function () {
    return <i>Default</i>;
}
