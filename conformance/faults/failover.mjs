// Another server becomes the database: a standby that has all that was acknowledged (synchronous replication) is promoted.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../processes.mjs';
import { Client, Node, accounts } from './node.mjs';
import { Cluster } from './postgres.mjs';
import { Nameserver } from './nameserver.mjs';
import { Proxy } from './proxy.mjs';
import { Workload } from './workload.mjs';

/**
 * A primary, a standby and a node, until the end of a fault.
 *
 * @param reached makes a node that reaches them
 */
async function replicated(world, name, reached, strike, standbyHost) {
  const folder = at => join(world.folder, `${name}-${at}`);
  const clusters = [await Cluster.create(folder(0))];
  let node;
  let client;
  try {
    await clusters[0].start();
    clusters.push(await clusters[0].follow(folder(1), standbyHost && clusters[0].port, standbyHost));
    node = await reached(clusters);
    await node.start();
    client = new Client(node.port);
    const workload = new Workload(client, await accounts(client, 4), name);
    await workload.start();
    return await strike({ clusters, workload, node, folder });
  } finally {
    client?.leave();
    if (node?.isRunning()) {
      await node.end('SIGKILL');
    }
    await Promise.all(clusters.map(cluster => cluster.remove()));
  }
}

/** The primary is struck, the standby promoted; so often, each time with a new standby in the old one's place. */
async function promoted({ clusters, workload, folder }, rounds, strike, switched = () => {}) {
  let seconds = 0;
  for (let round = 0; round < rounds; round++) {
    await workload.more(3);
    const [primary, standby] = clusters;
    await strike(primary);
    await standby.promote();
    await switched(standby);
    seconds = Math.max(seconds, await workload.healthy(Date.now()));
    if (round < rounds - 1) {
      await primary.remove();
      clusters.splice(0, 2, standby, await standby.follow(folder(round + 2), primary.port));
    }
  }
  return { ...await workload.check(), seconds, note: `${rounds} ×; instead of answers: ${workload.refusals()}` };
}

/** By the names of both servers in its URL, the standby's first. */
const byHosts = world => ([primary, standby]) => new Node(world.processes, world.program, 'following', `${standby.url(primary)}&target_session_attrs=primary`);

export default [
  {
    name: 'failover',
    what: 'SIGKILL of the primary, its standby promoted; the server was told of both. Healthy counts from the promotion',
    short: true,
    within: 10,
    run: (world, long) => replicated(world, 'failover', byHosts(world), all => promoted(all, long ? 5 : 1, primary => primary.kill())),
  },
  {
    name: 'failover-switched',
    what: 'the primary is stopped as an administrator does, its standby promoted; healthy counts from the promotion',
    within: 10,
    run: (world, long) => replicated(world, 'failover-switched', byHosts(world), all => promoted(all, long ? 5 : 1, primary => primary.stop('fast'))),
  },
  {
    name: 'failover-frozen',
    what: 'SIGSTOP of the primary, of which no connection is ever closed, its standby promoted; healthy counts from the promotion',
    within: 30,
    run: world => replicated(world, 'failover-frozen', byHosts(world), all => promoted(all, 1, primary => primary.signal('SIGSTOP'))),
  },
  {
    name: 'failover-address',
    what: 'SIGKILL of the primary, its standby promoted; an address that the server was told leads to it from then on',
    within: 10,
    async run(world, long) {
      const address = await Proxy.to(0);
      try {
        return await replicated(world, 'failover-address', async ([primary]) => {
          address.redirect(primary.port);
          return new Node(world.processes, world.program, 'following', new Cluster(world.folder, address.port).url());
        }, all => promoted(all, long ? 5 : 1, async primary => {
          address.reset();
          await primary.kill();
        }, standby => address.redirect(standby.port)));
      } finally {
        await address.close();
      }
    },
  },
  {
    name: 'failover-name',
    what: 'SIGKILL of the primary, its standby promoted; a name server says its address from then on, of which the server knows the name alone',
    within: 10,
    async run(world) {
      const names = await Nameserver.at('127.0.0.53').catch(() => undefined);
      const resolver = join(world.folder, 'resolv.conf');
      writeFileSync(resolver, 'nameserver 127.0.0.53\n');
      try {
        execFileSync('unshare', ['-m', 'mount', '--bind', resolver, '/etc/resolv.conf'], { stdio: 'ignore' });
      } catch {
        await names?.close();
        return { skipped: 'a name server of its own needs root, and leave to mount' };
      }
      names.address = '127.0.0.1';
      try {
        return await replicated(world, 'failover-name', async ([primary]) => {
          const node = new Node(world.processes, 'unshare', 'following', new Cluster(world.folder, primary.port, 'database.test').url());
          node.before = ['-m', 'bash', '-c', 'mount --bind "$0" /etc/resolv.conf && exec "$@"', resolver, world.program];
          return node;
        }, all => promoted(all, 1, primary => primary.kill(), standby => {
          names.address = standby.host;
        }), '127.0.0.2');
      } finally {
        await names.close();
      }
    },
  },
];
