postMessage('of the browser');
