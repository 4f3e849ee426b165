// The update sockets of the servers, reduced to "the next message that is an update".

const TOKENS = {
  rwgraph: [/token = "([^"]+)"/, (token) => [`/@rwgraph/ws?token=${token}`, "rwgraph-hmr"]],
  vite: [/wsToken = "([^"]+)"/, (token) => [`/?token=${token}`, "vite-hmr"]],
};

/** Connects to a server whose client module is among the texts that a crawl has loaded. */
export async function socketOf(name, origin, texts) {
  const [pattern, address] = TOKENS[name.replace("-bundled", "")];
  const client = [...texts.values()].find((text) => pattern.test(text));
  if (!client) throw new Error(`${name}: no client module with a token was loaded`);
  const [path, protocol] = address(pattern.exec(client)[1]);
  const { WebSocket } = await import("ws");
  const socket = new WebSocket(origin.replace("http", "ws") + path, protocol, { origin });
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return {
    next: () =>
      new Promise((resolve) => {
        const listener = (data) => {
          const { type } = JSON.parse(data);
          if (type === "update" || type === "full-reload") {
            socket.off("message", listener);
            resolve(type);
          }
        };
        socket.on("message", listener);
      }),
    close: () => socket.close(),
  };
}
