/*
 * What the dev server starts: says which runtime it is and why, then becomes it (PROTOCOL.md, 5).
 */

import { chooseRuntime } from './runtimechoice.mjs';

const OLDEST = 20;
if (Number.parseInt(process.versions.node, 10) < OLDEST) {
    const { execPath, version } = process;
    console.error(`rwgraph dev needs Node ${OLDEST} or newer; ${execPath} is ${version}`);
    process.exit(2);
}
const { RWGRAPH_CONFIG, RWGRAPH_RUNTIME } = process.env;
if (!RWGRAPH_CONFIG) {
    console.error('serverstart.mjs is started by rwgraph: RWGRAPH_CONFIG');
    process.exit(2);
}
const choice = chooseRuntime(JSON.parse(RWGRAPH_CONFIG).root, RWGRAPH_RUNTIME ?? 'auto');
process.stdout.write(`${JSON.stringify(choice)}\n`);
await import(choice.runtime === 'workerd' ? './workerd-start.mjs' : './runner.mjs');
