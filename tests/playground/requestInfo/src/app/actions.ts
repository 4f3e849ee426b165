"use server";

import { defineRwState } from "rwsdk/__state";
import { requestInfo } from "rwsdk/worker";
// action: import isOdd from "is-odd";
const isOdd = (_: number) => false; // off: action

/* Outlives every edit of this file: what an action did is counted for the whole session. */
const effects = defineRwState("effects", () => new Map<string, number>());

/** Does its effect once for each key, and says how often it was asked to. */
export const act = async (key: string) => {
    effects.set(key, (effects.get(key) ?? 0) + 1);
    requestInfo.response.headers.set("x-server-action-success", "true");
    return `Is 3 odd? ${isOdd(3) ? "Yes" : "No"} (${effects.get(key)})`;
};
