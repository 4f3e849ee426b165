import './client.css';

globalThis.started = true;
