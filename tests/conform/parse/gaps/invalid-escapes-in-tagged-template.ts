export const raw = [String.raw`Acme\u00 Corp`, String.raw`\u{FFFFFFF}`, String.raw`\xg`];
