import type { Locale } from "./types";

const locale: Locale = "en";

export const title = (text: string): string => `${locale}: ${text}`;
