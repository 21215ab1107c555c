// Faults: what fails sooner or later is made to fail while clients write, and what they were told is compared with what is there
// afterwards. Fails when an acknowledged write is lost or doubled, or when the server is not healthy in time.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Processes } from '../processes.mjs';
import clock from './clock.mjs';
import disk from './disk.mjs';
import failover from './failover.mjs';
import kill from './kill.mjs';
import memory from './memory.mjs';
import network from './network.mjs';
import rolling from './rolling.mjs';
import sockets from './sockets.mjs';
import { World } from './world.mjs';

const FAULTS = [...kill, ...network, ...disk, ...clock, ...memory, ...sockets, ...rolling, ...failover];
const NAME = Math.max(...FAULTS.map(({ name }) => name.length));

const HELP = `Usage: node conformance/faults/run.mjs [--short | --long] [--program PROGRAM] [--folder FOLDER] [FAULT …]

Strikes a server and its PostgreSQL while clients write, and prints for each fault how many writes were acknowledged, how many of
those were lost or doubled, and after how many seconds all clients were answered again. Ends with 1 when any was lost or doubled,
or that took too long. It needs the programs of PostgreSQL 15 (PG_BIN names their folder); what needs more, such as root to mount
a small disk, is skipped where it is not to be had.

  --short     the most telling ones, in a minute; without it all
  --long      each of them longer, over and over again: some 25 minutes
  --program   what is run with the argument serve; ./expiry without it
  --folder    where to put databases and logs; a new folder of the system's without it

${FAULTS.map(({ name, what, short, alone, within }) => `  ${name.padEnd(NAME)}  ${what}; within ${within} s${short ? ' (short)' : ''}${alone ? ' (only when named)' : ''}`).join('\n')}
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: 'boolean' }, long: { type: 'boolean' }, help: { type: 'boolean' }, program: { type: 'string', default: './expiry' }, folder: { type: 'string' } },
});
const unknown = positionals.filter(asked => !FAULTS.some(({ name }) => name === asked));
if (values.help || unknown.length > 0 || (values.short && values.long)) {
  console.error(unknown.length > 0 ? `There is no fault ${unknown.join(', ')}.\n` : '');
  console.log(HELP);
  process.exit(values.help ? 0 : 2);
}

const chosen = FAULTS.filter(({ name, short, alone }) => (positionals.length > 0 ? positionals.includes(name) : short || !(values.short || alone)));
const folder = mkdtempSync(join(values.folder ?? tmpdir(), 'faults-'));
// PostgreSQL runs as another user than root.
chmodSync(folder, 0o755);
const processes = new Processes(folder);
const row = (...cells) => console.log(cells.map((cell, at) => (at === 0 ? String(cell).padEnd(NAME) : at < 5 ? String(cell).padStart(13) : `  ${cell}`)).join(''));

const failed = [];
const world = new World({ processes, program: resolve(values.program), folder });

async function clean() {
  await world.end().catch(unclean => console.error(unclean));
  await processes.end();
  rmSync(folder, { recursive: true, force: true });
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => clean().then(() => process.exit(130)));
}
try {
  const begun = Date.now();
  await world.begin();
  row('fault', 'acknowledged', 'lost', 'doubled', 'seconds', 'took (s)', '');
  for (const { name, run, within } of chosen) {
    const started = Date.now();
    const seen = await run(world, values.long ?? false).catch(failure => ({ failure }));
    const { acknowledged, lost, doubled, seconds, note, skipped, failure } = seen;
    const took = ((Date.now() - started) / 1000).toFixed(0);
    if (failure) {
      row(name, '-', '-', '-', '-', took, `  failed: ${failure.message}`);
      failed.push(`${name}: ${failure.stack}`);
      await world.heal();
      continue;
    }
    if (skipped) {
      row(name, '-', '-', '-', '-', took, `  skipped: ${skipped}`);
      continue;
    }
    row(name, acknowledged, lost, doubled, seconds.toFixed(1), took, `  ${note}`);
    if (acknowledged === 0 || lost > 0 || doubled > 0 || seconds > within) {
      failed.push(`${name}: ${lost} lost, ${doubled} doubled, ${seconds.toFixed(1)} of at most ${within} seconds`);
    }
  }
  // A machine that has much else to do makes all of it slower.
  console.log(`${((Date.now() - begun) / 1000).toFixed(0)} s in all, on ${cpus().length} processors with a load of ${loadavg()[2].toFixed(1)}`);
} finally {
  if (failed.length > 0 || !world.tokens) {
    console.error(processes.logs());
  }
  await clean();
}
if (failed.length > 0) {
  console.error(`\nFAILED\n${failed.join('\n')}`);
  process.exitCode = 1;
}
