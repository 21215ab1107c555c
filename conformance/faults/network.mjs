// What a network does to connections, between the server and its database and between clients and the server.
import { setTimeout as pause } from 'node:timers/promises';

/** Creations and takings have other lengths. */
const KINDS = 3;

/**
 * Makes one write after another, and in each of them cuts after so many bytes: first none, then one more each time.
 *
 * @param fresh whether each begins with new connections, so that their first bytes count as well
 * @param samples how many places are tried in each direction, evenly, others each time; all without it
 */
async function cut(workload, proxy, fresh, samples) {
  const [writer] = workload.writers;
  let cuts = 0;
  for (const direction of ['up', 'down']) {
    let most = 0;
    for (let at = 0; at < KINDS; at++) {
      if (fresh) {
        proxy.reset();
      }
      const before = proxy.passed[direction];
      await writer.next();
      most = Math.max(most, proxy.passed[direction] - before);
    }
    const step = samples ? most / samples : 1;
    for (let bytes = samples ? Math.random() * step : 0; bytes <= most; bytes += step) {
      if (fresh) {
        proxy.reset();
      }
      proxy.cutAfter(direction, Math.floor(bytes));
      await writer.next();
      cuts += proxy.spare() ? 0 : 1;
    }
  }
  return cuts;
}

async function cutAll(world, name, proxy, series) {
  const workload = world.workload(name, 1);
  await workload.ready();
  let cuts = 0;
  for (const [fresh, samples] of series) {
    cuts += await cut(workload, proxy, fresh, samples);
  }
  return { ...await workload.check(), seconds: workload.longest(), note: `${cuts} cuts; healthy is the longest write` };
}

/** While the network is so, and then as it was. */
async function meanwhile(world, name, begin, seconds, end) {
  const workload = world.workload(name);
  await workload.start();
  begin();
  let since = Date.now();
  if (seconds) {
    await pause(seconds * 1000);
    end();
    since = Date.now();
  }
  const healthy = await workload.healthy(since);
  await workload.more(3);
  return { ...await workload.check(), seconds: healthy, note: `instead of answers: ${workload.refusals()}; longest write ${workload.longest().toFixed(1)} s` };
}

export default [
  {
    name: 'database-cut',
    what: 'a reset at places all over what server and database exchange for a write, also on new connections, others each time',
    short: true,
    within: 10,
    run: (world, long) => cutAll(world, 'database-cut', world.network, long ? [[false, 500], [true, 250]] : [[false, 24], [true, 16]]),
  },
  {
    name: 'database-cut-whole',
    what: 'a reset at each byte that server and database exchange for a write, some 9,000: half an hour or more',
    alone: true,
    within: 10,
    run: world => cutAll(world, 'database-cut-whole', world.network, [[false]]),
  },
  {
    name: 'client-cut',
    what: 'a reset at each byte that a client and the server exchange for a write',
    short: true,
    within: 10,
    run: (world, long) => cutAll(world, 'client-cut', world.front, long ? [[false], [true]] : [[false, 16], [true, 16]]),
  },
  {
    name: 'database-refused',
    what: 'the database is away for 5 s: its connections are reset and new ones refused',
    within: 10,
    run: world => meanwhile(world, 'database-refused', () => world.network.refuse(), 5, () => world.network.pass()),
  },
  {
    name: 'connections-forgotten',
    what: 'every connection to the database falls silent for ever, and new ones are as always',
    within: 30,
    run: world => meanwhile(world, 'connections-forgotten', () => world.network.strand()),
  },
  {
    name: 'network-silent',
    what: 'for 15 s nothing arrives any more, in neither direction',
    within: 10,
    run: world => meanwhile(world, 'network-silent', () => world.network.swallow(), 15, () => world.network.pass()),
  },
  {
    name: 'network-slow',
    what: 'everything between server and database takes 200 ms each way, for 15 s',
    within: 10,
    run: world => meanwhile(world, 'network-slow', () => world.network.delay(200), 15, () => world.network.delay(0)),
  },
];
