let x: unknown;
for (x as string of ["a"]) x;
for (x! of ["b"]) x;
export {};
