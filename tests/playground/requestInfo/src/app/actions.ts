"use server";

import { requestInfo } from "rwsdk/worker";
// action: import isOdd from "is-odd";
const isOdd = (_: number) => false; // off: action

let calls = 0;

export const act = async () => {
    calls++;
    requestInfo.response.headers.set("x-server-action-success", "true");
    return `Is 3 odd? ${isOdd(3) ? "Yes" : "No"} (call ${calls})`;
};
