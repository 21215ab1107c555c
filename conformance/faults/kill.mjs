// What is killed by SIGKILL, and what is frozen by SIGSTOP for a while.
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../processes.mjs';

/** So often, while clients write. */
async function struck(world, name, rounds, strike) {
  const workload = world.workload(name);
  await workload.start();
  let seconds = 0;
  for (let round = 0; round < rounds; round++) {
    await workload.more(3);
    seconds = Math.max(seconds, await workload.healthy(await strike(workload)));
  }
  return { ...await workload.check(), seconds, note: `${rounds} ×; instead of answers: ${workload.refusals()}` };
}

export default [
  {
    name: 'server-killed',
    what: 'SIGKILL of the server in the middle of writes; healthy counts from the start of the next process',
    short: true,
    within: 45,
    run: (world, long) => struck(world, 'server-killed', long ? 20 : 1, async () => {
      await world.node.end('SIGKILL');
      const begun = Date.now();
      await world.node.start(false);
      return begun;
    }),
  },
  {
    name: 'database-killed',
    what: 'SIGKILL of every process of PostgreSQL; healthy counts from when it takes connections again',
    short: true,
    within: 10,
    run: (world, long) => struck(world, 'database-killed', long ? 20 : 1, async workload => {
      await world.database.kill();
      const before = workload.refusals();
      await until('somebody has noticed', () => workload.refusals() !== before);
      await world.database.start();
      return Date.now();
    }),
  },
  {
    name: 'server-frozen',
    what: 'SIGSTOP of the server for 5 s; healthy counts from SIGCONT',
    within: 10,
    run: (world, long) => struck(world, 'server-frozen', long ? 5 : 1, async () => {
      world.node.signal('SIGSTOP');
      await pause(5_000);
      world.node.signal('SIGCONT');
      return Date.now();
    }),
  },
  {
    name: 'database-frozen',
    what: 'SIGSTOP of every process of PostgreSQL for 20 s; healthy counts from SIGCONT',
    within: 10,
    run: (world, long) => struck(world, 'database-frozen', long ? 5 : 1, async () => {
      world.database.signal('SIGSTOP');
      await pause(20_000);
      world.database.signal('SIGCONT');
      return Date.now();
    }),
  },
];
