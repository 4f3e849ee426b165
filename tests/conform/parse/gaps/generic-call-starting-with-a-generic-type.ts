declare const expect: { toBe<T>(): void };
expect.toBe<<Code extends number>(code: Code) => string>();
export {};
