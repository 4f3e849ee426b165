export type Message<Name extends string> = `Please install \`${Name}\` and use \`class A extends ${Name}<A>()({ ... })\``;
export type Braces<T extends string> = T extends `${infer L}$\{${infer R}\}${infer Rest}` ? [L, R, Rest] : never;
