// What RedwoodSDK and Vite look for at start, in the folder of the application: RedwoodSDK's scan for directives, called
// by itself on the configuration of a server that runs, and the scans of Vite's optimizer, which tell how long they took.
import { redwood } from "rwsdk/vite";
import { createServer } from "vite";

const DIRECTIVES = new URL("node_modules/rwsdk/dist/vite/runDirectivesScan.mjs", import.meta.url);
const { runDirectivesScan } = await import(DIRECTIVES);
const server = await createServer({
  root: process.cwd(),
  configFile: false,
  plugins: [redwood()],
  server: { port: 0, host: "127.0.0.1" },
});
await server.listen();
await fetch(`http://127.0.0.1:${server.httpServer.address().port}/`).then((response) => response.text());
const samples = [];
let found;
for (let i = 0; i < 3; i++) {
  found = { client: new Set(), server: new Set() };
  const began = performance.now();
  await runDirectivesScan({
    rootConfig: server.config,
    environments: server.environments,
    clientFiles: found.client,
    serverFiles: found.server,
    entries: [`${process.cwd()}/src/worker.tsx`],
    esbuildOptions: {},
  });
  samples.push(performance.now() - began);
}
console.log(`directives: ${JSON.stringify({ samples, client: found.client.size, server: found.server.size })}`);
process.exit(0);
