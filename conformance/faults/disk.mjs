// A disk that is full, and one that is slow.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../processes.mjs';

export default [
  {
    name: 'disk-full',
    what: "the database's disk is filled to its last byte; healthy counts from when there is space and PostgreSQL runs",
    within: 30,
    async run(world, long) {
      if (!world.disk) {
        return { skipped: 'a disk cannot be mounted here: that needs root, and leave to mount' };
      }
      const workload = world.workload('disk-full');
      await workload.start();
      let seconds = 0;
      let ended = 0;
      for (let round = 0; round < (long ? 5 : 1); round++) {
        const before = workload.refusals();
        await world.disk.fill();
        // As much as there was room for inside of what the database had already.
        await until('the full disk is noticed', () => workload.refusals() !== before, 120);
        await pause(1_000);
        world.disk.free();
        await until('PostgreSQL runs', async () => {
          if (!world.database.isRunning()) {
            ended++;
            await world.database.start();
          }
          return await world.database.ask('SELECT 1') === '1';
        });
        seconds = Math.max(seconds, await workload.healthy(Date.now()));
      }
      return { ...await workload.check(), seconds, note: `PostgreSQL ended ${ended} ×; instead of answers: ${workload.refusals()}` };
    },
  },
  {
    name: 'disk-slow',
    what: 'each fdatasync of PostgreSQL takes 400 ms longer, by the system calls that strace delays; healthy is the longest write',
    within: 10,
    async run(world, long) {
      const workload = world.workload('disk-slow');
      await workload.start();
      const tracer = spawn('strace', ['-f', '-qq', '-e', 'trace=fdatasync', '-e', 'inject=fdatasync:delay_enter=400000', '-o', '/dev/null', ...world.database.processes().flatMap(pid => ['-p', String(pid)])], { stdio: 'ignore' });
      const ended = once(tracer, 'exit').catch(() => ['missing']);
      const broken = await Promise.race([ended, pause(long ? 30_000 : 5_000)]);
      if (broken) {
        await workload.check();
        return { skipped: 'strace is missing, or may not look at other processes here' };
      }
      await workload.more(2);
      tracer.kill('SIGTERM');
      await ended;
      return { ...await workload.check(), seconds: workload.longest(), note: `instead of answers: ${workload.refusals()}` };
    },
  },
];
