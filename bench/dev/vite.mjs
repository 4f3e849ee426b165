// Vite as the bench starts it: any free port, no configuration file, React's plugin.
import react from "@vitejs/plugin-react";
import { createServer } from "vite";

const [, , root, mode] = process.argv;
const server = await createServer({
  root,
  configFile: false,
  logLevel: "silent",
  plugins: [react()],
  server: { port: 0, host: "127.0.0.1", strictPort: false },
  ...(mode === "bundled" && { experimental: { bundledDev: true } }),
});
await server.listen();
console.log(`localhost:${server.httpServer.address().port}`);
process.on("SIGTERM", async () => {
  await server.close();
  process.exit(0);
});
