onmessage = ({ data }) => postMessage(`${data} pong`);
