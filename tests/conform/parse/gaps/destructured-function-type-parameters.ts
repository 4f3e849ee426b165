export type Handler = ({ index }: { index: number }) => void;
export type Optional = ({ select }?: { select: string }) => void;
export type Nested = {
  on: ({ event: { inside }, }: { event: { inside: boolean } }) => void;
  list: ([first, second]: [string, string], ...rest: string[]) => void;
};
