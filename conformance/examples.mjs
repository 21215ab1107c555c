// Runs the programs of examples/ against the running server, as their pages say. Usage: node examples.mjs URL FOLDER
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { ask, register } from './clients.mjs';

const [url, folder] = process.argv.slice(2);
if (!folder) {
  console.error('Usage: node examples.mjs URL FOLDER');
  process.exit(2);
}
const graphql = `${url}/graphql`;
const run = promisify(execFile);

const { accessToken } = await register(graphql);
const { createApiToken } = await ask(
  graphql,
  'mutation { createApiToken(input: { name: "examples", scopes: [ITEMS_READ, ITEMS_WRITE] }) { token } }',
  {},
  accessToken,
);
const { caller: { today } } = await ask(graphql, '{ caller { today } }', {}, accessToken);
const items = [
  { name: 'Milk', quantity: '2', unit: 'l', costPrice: '1.5', location: 'Fridge', expiryDate: today, externalId: 'MILK-1' },
  { name: 'Butter', quantity: '1', costPrice: '2.25', location: 'Fridge', expiryDate: '2020-01-01' },
  // More than a page of the report.
  ...Array.from({ length: 120 }, (_, at) => ({ name: `Screw ${at}`, quantity: '10', costPrice: '0.01' })),
];
const { createItems } = await ask(
  graphql,
  'mutation ($input: CreateItemsInput!) { createItems(input: $input) { count userErrors { message } } }',
  { input: { items } },
  accessToken,
);
assert.deepEqual(createItems, { count: 122, userErrors: [] });

const env = { ...process.env, EXPIRY_URL: url, API_TOKEN: createApiToken.token };
const display = join(folder, 'kitchen-display', 'display.js');
const showing = async (...more) => (await run(process.execPath, [display, ...more], { env, timeout: 60_000 })).stdout;

assert.match(await showing('--once'), /within two weeks:\n {2}\d+ days ago +1 pcs Butter \(Fridge\)\n {2}today +2 l Milk \(Fridge\)\n/);

const watching = spawn(process.execPath, [display], { env, stdio: ['ignore', 'pipe', 'inherit'] });
const lines = createInterface({ input: watching.stdout })[Symbol.asyncIterator]();
async function until(expected) {
  const limit = setTimeout(() => watching.kill(), 60_000);
  for (let line = await lines.next(); ; line = await lines.next()) {
    assert.ok(!line.done, `The display never showed ${expected}`);
    if (expected.test(line.value)) break;
  }
  clearTimeout(limit);
}
await until(/today +2 l Milk/);
// The socket may not be subscribed yet: a change is repeated until one is seen.
const shown = until(/today +(1\.\d+|1|0\.\d+) l Milk/);
const changing = setInterval(() => {
  showing('use', 'MILK-1', '0.01').catch(() => {});
}, 1_000);
await shown;
clearInterval(changing);
watching.kill();
await once(watching, 'exit');
await assert.rejects(showing('use', 'MILK-1', '5'), /is left/);
await assert.rejects(showing('use', 'MILK-2', '5'), /There is no item with this externalId/);
console.log('ok  kitchen-display: shows, watches, uses');

const report = await run('mvn', ['-q', '-B', '-f', join(folder, 'stock-report-java'), 'compile', 'exec:java'], { env, timeout: 120_000 });
assert.match(report.stdout, /^\(nowhere\) +120 +0 +12\.0+$/m);
assert.match(report.stdout, /^Fridge +2 +1 +[0-9.]+$/m);
console.log('ok  stock-report-java: reads all pages and adds up');
