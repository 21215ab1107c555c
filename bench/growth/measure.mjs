// What one item, one change, one request and one turn of the day cost: processor time of a node and of PostgreSQL, bytes of
// write-ahead log and of disk, as measured.json keeps them for growth.mjs. Processor time and bytes hardly depend on what else
// the machine does. Starts a node of the packaged program on a database of its own; Linux, and psql, are needed.
// Usage: node measure.mjs PROGRAM DATABASE_URL POSTMASTER_PID [INVENTORIES]   (an empty database, no TLS; prints JSON)
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const [program, databaseUrl, postmaster, many = '100'] = process.argv.slice(2);
if (!postmaster) {
  console.error('Usage: node measure.mjs PROGRAM DATABASE_URL POSTMASTER_PID [INVENTORIES]');
  process.exit(2);
}
const INVENTORIES = Number(many);
const ITEMS = 200;
const DAYS = 8;
const PORT = 18999;
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

const sql = text => execFileSync('psql', ['-XAtq', '-d', databaseUrl, '-c', text], { encoding: 'utf8' }).trim();

// Of a process and of its children that have ended, in milliseconds.
function processor(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) * 1000 / TICKS;
}

function processorOfPostgres() {
  return readdirSync('/proc').filter(pid => /^\d+$/.test(pid)).reduce((sum, pid) => {
    try {
      const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')[1];
      return pid === postmaster || parent === postmaster ? sum + processor(pid) : sum;
    } catch {
      // One that has just ended: its time is its parent's now.
      return sum;
    }
  }, 0);
}

const log = () => Number(sql('SELECT pg_current_wal_lsn() - \'0/0\''));

const node = spawn(program, ['serve'], {
  env: { ...process.env, DATABASE_URL: databaseUrl, EXPIRY_HOST: '127.0.0.1', EXPIRY_PORT: String(PORT), EXPIRY_RATE_CAPACITY: '1000000000',
    EXPIRY_RATE_RESTORE: '1000000', EXPIRY_DRAIN_SECONDS: '0', EXPIRY_REQUEST_TIMEOUT_SECONDS: '120',
    EXPIRY_JWT_KEY: randomBytes(48).toString('base64'), EXPIRY_SECRET_KEYS: randomBytes(32).toString('base64') },
  stdio: 'ignore',
});
const url = `http://127.0.0.1:${PORT}`;

async function ask(token, query, variables = {}) {
  for (let tries = 0; ; tries++) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ query, variables }),
    });
    if ([429, 503].includes(response.status) && tries < 100) {
      await pause(1000 * Number(response.headers.get('retry-after') ?? 1));
      continue;
    }
    const { data, errors } = await response.json();
    assert.equal(errors, undefined, JSON.stringify(errors));
    return data;
  }
}

async function inParallel(clients, tasks) {
  let next = 0;
  await Promise.all(Array.from({ length: clients }, async () => {
    while (next < tasks.length) {
      await tasks[next++]();
    }
  }));
}

const used = () => [processor(node.pid), processorOfPostgres(), log()];

// What node and database do a second by themselves: looks for what is due, vacuum.
let idle = [0, 0, 0];

/** What the work costs, in units of which it tells how many there were. */
async function cost(work) {
  sql('CHECKPOINT');
  const began = Date.now();
  const before = used();
  const units = await work();
  const seconds = (Date.now() - began) / 1000;
  const [nodeMillis, databaseMillis, logBytes] = used().map((value, at) => (value - before[at] - idle[at] * seconds) / units);
  return { nodeMillis: Number(nodeMillis.toFixed(3)), databaseMillis: Number(databaseMillis.toFixed(3)), logBytes: Math.max(0, Math.round(logBytes)) };
}

const costOf = (clients, tasks, units = tasks.length) => cost(async () => {
  await inParallel(clients, tasks);
  return units;
});

const say = text => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
const repeated = (count, task) => Array.from({ length: count }, (_, at) => () => task(at));
const day = at => new Date(Date.now() + at * 86_400_000).toISOString().slice(0, 10);
const item = at => ({
  name: `Oat milk ${at}, organic`, quantity: String(1 + at % 9), unit: 'l', costPrice: '1.95', sellingPrice: '2.49',
  location: `Shelf ${at % 8}`, barcode: String(4_000_000_000_000 + at), lotNumber: `L${at % 50}`, // Three things a day, as three a day come and go.
  expiryDate: day(2 + Math.floor(at / 3)),
});
const PAGE = '{ items(first: 50) { nodes { id name quantity unit expiryDate status daysLeft location costPrice totalValue category { id name color } } } }';

try {
  for (let waited = 0; ; waited++) {
    assert(waited < 600, 'The node did not start.');
    if (await fetch(`${url}/health/ready`).then(answer => answer.ok, () => false)) {
      break;
    }
    await pause(200);
  }
  await pause(5000);
  const rested = used();
  await pause(10_000);
  idle = used().map((value, at) => (value - rested[at]) / 10);
  const inventories = [];
  const register = at => ask(undefined, 'mutation ($input: RegisterInput!) { register(input: $input) { session { accessToken } userErrors { message } } }',
    { input: { username: `user${at}`, email: `user${at}@example.org`, password: `green stapler walks ${at}` } })
    .then(data => inventories.push({ token: data.register.session.accessToken, items: [] }));
  say('accounts');
  const account = await costOf(2, repeated(INVENTORIES, register));
  for (const inventory of inventories) {
    const { createCategory } = await ask(inventory.token, 'mutation { createCategory(input: { name: "Milk", color: "#336699" }) { category { id } } }');
    inventory.category = createCategory.category.id;
  }
  const create = (inventory, count) => ask(inventory.token,
    'mutation ($input: CreateItemsInput!) { createItems(input: $input) { items { id } userErrors { message field } } }',
    { input: { items: Array.from({ length: count }, (_, at) => ({ ...item(at), categoryId: inventory.category })) } })
    .then(({ createItems }) => {
      assert.deepEqual(createItems.userErrors, []);
      inventory.items.push(...createItems.items.map(({ id }) => id));
    });
  say('items');
  const filled = await costOf(2, inventories.map(inventory => () => create(inventory, ITEMS)), INVENTORIES * ITEMS);
  sql('VACUUM ANALYZE');
  const sizes = () => Object.fromEntries(sql("SELECT relname || '=' || pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    .split('\n').map(line => line.split('=')).map(([table, bytes]) => [table, Number(bytes)]));
  const full = sizes();
  const bytesOfItem = Object.fromEntries(['items', 'activities', 'stock_days'].map(table => [table, Math.round(full[table] / (INVENTORIES * ITEMS))]));

  const of = at => inventories[at % inventories.length];
  say('pages, first for warmth');
  await inParallel(8, repeated(3000, at => ask(of(at).token, PAGE)));
  const page = await costOf(8, repeated(2000, at => ask(of(at).token, PAGE)));
  say('changes, first for warmth');
  const take = at => ask(of(at).token, 'mutation ($input: TakeOutInput!) { takeOut(input: $input) { item { id quantity } userErrors { message } } }',
    { input: { itemId: of(at).items[Math.floor(at / inventories.length) % ITEMS], quantity: '0.1', outcome: 'USED' } })
    .then(({ takeOut }) => assert.deepEqual(takeOut.userErrors, []));
  await inParallel(8, repeated(1000, take));
  const change = await costOf(8, repeated(1000, take));
  sql('VACUUM ANALYZE');
  const changed = sizes();
  const growth = Object.fromEntries(['activities', 'take_outs', 'items', 'stock_days'].map(table => [table, changed[table] - full[table]]));
  const bytesOfChange = Math.round((growth.activities + growth.take_outs) / 2000);

  say('the turn of the day');
  const count = text => Number(sql(`SELECT count(*) FROM ${text}`));
  const bytesOfNotification = Math.round(changed.notifications / count('notifications'));
  // As after days without a server: each gets its report, and what came due in them its notification. That was told when the
  // items were made, so it is forgotten first.
  sql('DELETE FROM notifications');
  sql('VACUUM ANALYZE');
  const told = { reports: count('reports'), notifications: count('notifications') };
  const turn = await cost(async () => {
    sql(`UPDATE inventories SET next_day_at = next_day_at - interval '${DAYS + 1} days', last_day = last_day - ${DAYS}`);
    for (let waited = 0; count('inventories WHERE next_day_at > now()') < INVENTORIES; waited++) {
      assert(waited < 600, 'The days did not turn.');
      await pause(500);
    }
    return count('reports') - told.reports;
  });
  sql('VACUUM ANALYZE');
  const reports = count('reports');
  turn.notifications = Number(((count('notifications') - told.notifications) / (reports - told.reports)).toFixed(2));
  const bytesOfReport = Math.round(sizes().reports / reports);
  console.log(JSON.stringify({
    measured: new Date().toISOString().slice(0, 10), inventories: INVENTORIES, itemsOfInventory: ITEMS,
    account, itemByThousands: filled, page, change, turn, bytesOfItem, bytesOfChange, bytesOfReport, bytesOfNotification,
  }, null, 2));
} finally {
  node.kill('SIGKILL');
  await once(node, 'exit').catch(() => {});
}
