let count = 0;

self.onconnect = ({ ports: [port] }: any) => {
    port.onmessage = ({ data }: MessageEvent) => port.postMessage(`${data} ${++count}`);
};
