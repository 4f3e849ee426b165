// rspack's dev server as the bench starts it: any free port, what is compiled kept on disk, React Refresh on.
import { join } from "node:path";

import { rspack } from "@rspack/core";
import { RspackDevServer } from "@rspack/dev-server";
import { ReactRefreshRspackPlugin } from "@rspack/plugin-react-refresh";

const [, , root] = process.argv;
const react = { runtime: "automatic", development: true, refresh: true };
const compiler = rspack({
  context: root,
  mode: "development",
  entry: "./src/main.jsx",
  output: { path: join(root, "dist"), publicPath: "/" },
  resolve: { extensions: ["...", ".jsx"] },
  cache: { type: "persistent", storage: { type: "filesystem", directory: join(root, "node_modules/.cache/rspack") } },
  module: {
    rules: [
      {
        test: /\.jsx$/,
        loader: "builtin:swc-loader",
        options: { jsc: { parser: { syntax: "ecmascript", jsx: true }, transform: { react } } },
        type: "javascript/auto",
      },
    ],
  },
  plugins: [
    new rspack.HtmlRspackPlugin({ templateContent: '<body><div id="root"></div></body>' }),
    new ReactRefreshRspackPlugin(),
  ],
  stats: "none",
  infrastructureLogging: { level: "error" },
});
const server = new RspackDevServer({ host: "127.0.0.1", port: "auto", hot: true, client: { logging: "none" } }, compiler);
await server.start();
console.log(`localhost:${server.server.address().port}`);
process.on("SIGTERM", async () => {
  await server.stop();
  process.exit(0);
});
