// RedwoodSDK on Vite as the bench starts it, in the folder of the application: with the plugins that
// RedwoodSDK brings (Cloudflare's, React's), any free port, no configuration file.
import { redwood } from "rwsdk/vite";
import { createServer } from "vite";

const server = await createServer({
  root: process.cwd(),
  configFile: false,
  plugins: [redwood()],
  server: { port: 0, host: "127.0.0.1" },
});
await server.listen();
console.log(`localhost:${server.httpServer.address().port}`);
process.on("SIGTERM", async () => {
  await server.close();
  process.exit(0);
});
