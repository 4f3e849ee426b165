declare function original<T>(): Promise<T>;
export type Whole = typeof import("./whole.js");
export const partial = await original<typeof import("./partial.js")>();
export type Member = typeof import("./member.js").member;
