export interface Both<in out A, out B = never> {
  readonly take: (a: A) => A;
  readonly give: B;
}
export type Only<out T> = { readonly value: T };
export class Sink<in T, const U extends readonly T[] = readonly T[]> {
  accept(value: T, all: U): void {}
}
export type Mapper<in T, out U> = (x: T) => U;
