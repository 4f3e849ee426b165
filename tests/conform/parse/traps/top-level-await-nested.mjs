if (true) { try { while (false) { label: { const a = { b: [`${await 1}`] }; } } } finally {} }
export {};
