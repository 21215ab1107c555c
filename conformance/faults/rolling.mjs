// Two nodes behind Caddy, as deploy/compose has them, of which one after the other is restarted.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'yaml';
import { Caddy } from '../caddy.mjs';
import { Workload } from './workload.mjs';

const DEPLOY = join(import.meta.dirname, '../../deploy');

/** Caddy looks at `/health/ready` as often as the Caddyfile says. */
const NOTICED_MILLIS = 2_500;

const hasCaddy = () => {
  try {
    return execFileSync('caddy', ['version']).length > 0;
  } catch {
    return false;
  }
};

export default [
  {
    name: 'rolling-restart',
    what: 'SIGTERM of two nodes behind Caddy in turn, each started again; healthy is the longest write, and no request may fail',
    within: 10,
    async run(world, long) {
      if (!hasCaddy()) {
        return { skipped: 'caddy is not installed' };
      }
      const { EXPIRY_DRAIN_SECONDS, EXPIRY_SHUTDOWN_SECONDS } = parse(readFileSync(join(DEPLOY, 'compose/compose.yaml'), 'utf8'), { merge: true }).services['node-1'].environment;
      const nodes = ['first', 'second'].map(name => world.newNode(name, { more: { EXPIRY_DRAIN_SECONDS, EXPIRY_SHUTDOWN_SECONDS, EXPIRY_TRUSTED_PROXIES: '127.0.0.1' } }));
      await Promise.all(nodes.map(node => node.start()));
      const folder = join(world.folder, 'rolling');
      mkdirSync(folder);
      const caddy = await Caddy.start(world.processes, DEPLOY, folder, nodes.map(({ port }) => port));
      try {
        const client = { ask: (token, query, variables) => caddy.ask('/graphql', { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables }) }) };
        client.data = world.client.data.bind(client);
        const workload = new Workload(client, world.tokens, 'rolling-restart');
        await workload.start();
        const rounds = long ? 5 : 1;
        for (let round = 0; round < rounds; round++) {
          for (const node of nodes) {
            const code = await node.end('SIGTERM');
            assert([0, 143].includes(code), `${node.name} ended with ${code}`);
            await node.start();
            await pause(NOTICED_MILLIS);
          }
        }
        const refused = workload.refusals();
        const sums = await workload.check();
        assert.equal(refused, 'none', `Requests failed in a rolling restart: ${refused}`);
        return { ...sums, seconds: workload.longest(), note: `${rounds * nodes.length} restarts, in which no request failed` };
      } finally {
        caddy.leave();
        await Promise.all(nodes.filter(node => node.isRunning()).map(node => node.end('SIGKILL')));
      }
    },
  },
];
