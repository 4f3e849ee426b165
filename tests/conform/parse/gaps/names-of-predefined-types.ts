export declare namespace string {
  type submodule = { a: string };
}
export declare namespace number {
  type module = string.submodule;
}
export interface Wrapped {
  string: string.submodule;
  number: number.module;
}
export declare const number: number.module;
