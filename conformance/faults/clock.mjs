// The clock of the server's machine jumps, by faketime.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from './node.mjs';
import { Workload } from './workload.mjs';

const HOUR = 3_600;

export default [
  {
    name: 'clock-jumps',
    what: "the clock of the server jumps by hours and days, forth and back, while the database's goes on",
    within: 10,
    async run(world, long) {
      if (!existsSync('/usr/bin/faketime')) {
        return { skipped: 'faketime is not installed' };
      }
      const file = join(world.folder, 'clock');
      const jump = seconds => writeFileSync(file, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`);
      jump(0);
      const node = world.newNode('jumping', { more: {
        LD_PRELOAD: '/usr/$LIB/faketime/libfaketimeMT.so.1',
        FAKETIME_TIMESTAMP_FILE: file,
        // A new time is noticed within a second; asking the file each time would make everything slow.
        FAKETIME_CACHE_DURATION: '1',
        // Time goes on while the clock is set, which is what a machine does.
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        // Otherwise every wait of Java that has an end ends at once, and all of its threads spin.
        FAKETIME_FORCE_MONOTONIC_FIX: '0',
      } });
      await node.start();
      const client = new Client(node.port);
      try {
        const workload = new Workload(client, world.tokens, 'clock-jumps');
        await workload.start();
        const jumps = long ? [HOUR, -HOUR, 26 * HOUR, -26 * HOUR, 400 * 24 * HOUR, 90, -90, 0] : [26 * HOUR, -HOUR, 0];
        let seconds = 0;
        for (const each of jumps) {
          jump(each);
          seconds = Math.max(seconds, await workload.healthy(Date.now()));
          await workload.more(3);
          // Long enough for the server to notice.
          await pause(long ? 12_000 : 3_000);
        }
        return { ...await workload.check(), seconds, note: `${jumps.length} jumps; instead of answers: ${workload.refusals()}` };
      } finally {
        client.leave();
        await node.end('SIGKILL');
      }
    },
  },
];
