import { requestInfo } from "rwsdk/worker";
import { defineRwState } from "rwsdk/__state";

import { Counter } from "@/app/Counter";
// server: import { ServerComponent } from "@/app/ServerComponent";
// client: import { ClientComponent } from "@/app/ClientComponent";
// action: import { ActionButton } from "@/app/ActionButton";

let initialized = 0;
const session = defineRwState("session", () => {
    initialized++;
    return { id: Math.random().toString(36).slice(2), initialized };
});

export const Home = () => (
    <main>
        <h1>requestInfo</h1>
        <p id="url">{new URL(requestInfo.request.url).pathname}</p>
        <p id="session">{session.id}</p>
        <p id="initialized">{session.initialized}</p>
        <Counter />
        {/* server: <ServerComponent /> */}
        {/* client: <ClientComponent /> */}
        {/* action: <ActionButton /> */}
    </main>
);
