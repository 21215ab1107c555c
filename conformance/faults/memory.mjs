// A server that has too little memory for what it is asked.
import { setTimeout as pause } from 'node:timers/promises';
import { Client, LARGE_PAGE, fillLargePage } from './node.mjs';
import { Workload } from './workload.mjs';

const READERS = 128;

/** What the process says of itself when its memory has run out. */
const OUT_OF_MEMORY = 3;

export default [
  {
    name: 'memory-short',
    what: 'a heap and buffers far too small for 128 readers of large pages; who ends is started again, as a supervisor does',
    within: 45,
    async run(world, long) {
      const reader = world.tokens.at(-1);
      await fillLargePage(world.client, reader);
      const node = world.newNode('small', { more: { EXPIRY_JAVA_OPTS: '-XX:TieredStopAtLevel=1 -Xmx72m -XX:MaxDirectMemorySize=16m' } });
      await node.start();
      const client = new Client(node.port);
      const workload = new Workload(client, world.tokens, 'memory-short', 4);
      let on = true;
      let restarts = 0;
      const answers = {};
      try {
        await workload.start();
        const readers = Array.from({ length: READERS }, async () => {
          while (on) {
            const status = await client.ask(reader, LARGE_PAGE).then(answer => answer.status, () => 'no answer');
            answers[status] = (answers[status] ?? 0) + 1;
            if (status !== 200) {
              await pause(100);
            }
          }
        });
        const supervised = (async () => {
          while (on) {
            if (!node.isRunning()) {
              const code = node.process.child.exitCode;
              if (code !== OUT_OF_MEMORY) {
                throw new Error(`The server ended with ${code ?? node.process.child.signalCode} instead of ${OUT_OF_MEMORY}.`);
              }
              restarts++;
              await node.start();
            }
            await pause(50);
          }
        })();
        await Promise.race([supervised, pause(long ? 60_000 : 10_000)]);
        on = false;
        const since = Date.now();
        await Promise.all([...readers, supervised]);
        const seconds = await workload.healthy(since);
        const told = Object.entries(answers).map(([status, times]) => `${times} × ${status}`).join(', ');
        return { ...await workload.check(), seconds, note: `started again ${restarts} ×; readers had ${told}` };
      } finally {
        on = false;
        client.leave();
        if (node.isRunning()) {
          await node.end('SIGKILL');
        }
      }
    },
  },
];
