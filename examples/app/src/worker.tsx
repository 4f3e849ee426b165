import { requestState } from "@/shared/state";
import { Page } from "@/server/Page";

export default {
  async fetch(request: Request): Promise<Response> {
    return requestState().run(request, async () => new Response(String(<Page url={request.url} />)));
  },
};
