for await (const a of []) { a; }
export {};
