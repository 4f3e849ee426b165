export class A extends (await import("./base.js")).B { [await 1]() {} }
