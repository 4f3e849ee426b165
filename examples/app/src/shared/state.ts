import { AsyncLocalStorage } from "node:async_hooks";

const state = new AsyncLocalStorage<Request>();

export const requestState = (): AsyncLocalStorage<Request> => state;
