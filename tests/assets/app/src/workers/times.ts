export const times = (left: number, right: number): number => left * right;
