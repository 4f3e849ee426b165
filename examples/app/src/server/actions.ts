"use server";

import { requestState } from "../shared/state";

export async function save(data: FormData): Promise<string> {
  return `${requestState().getStore()?.url}: ${data.get("name")}`;
}
