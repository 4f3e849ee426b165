export interface Dual {
  (a: string): (b: number) => boolean
  <A>(a: A, b: number): boolean
  <A, B = A>(
    a: A,
    b: B
  ): B
  readonly name: string
  <C>(c: C): C
}
export declare const both: {
  <A>(f: (a: A) => string): (self: A) => string
  // a comment between
  <A>(self: A, f: (a: A) => string): string
  in: "query" | "path"
}
