export type Keys = { [K in keyof readonly string[]]?: boolean };
export function classes(...names: (typeof undefined | boolean | null | string)[]): void {}
export type Widen<type> = ([unknown] extends [type] ? 1 : never) | (type extends string ? 2 : never);
export type Both<type, other> = [(type extends other ? true : false) & (other extends type ? true : false)];
