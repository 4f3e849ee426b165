import defer * as slow from "./slow.js";
export const go = () => slow.go();
