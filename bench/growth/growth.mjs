// The tables of docs/growth.md, computed from what was measured: measured.json beside this file (measure.mjs), figures that
// other documents hold, which are looked up there, and what is assumed of people, which stands in ASSUMED. Simulations draw from
// a generator with a fixed seed, so that the same figures give the same tables.
// Usage: node growth.mjs --write | --check   (--check fails when the document says anything else)
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const project = join(import.meta.dirname, '../..');
const read = path => readFileSync(join(project, path), 'utf8');
const DOCUMENT = 'docs/growth.md';

/** A figure of another document, found by the words around it. */
function quoted(path, pattern) {
  const found = read(path).match(pattern);
  assert(found, `${path} no longer has ${pattern}: look what it says now, and change growth.mjs`);
  return Number(found[1].replaceAll(',', ''));
}

const measured = JSON.parse(read('bench/growth/measured.json'));
const recorded = JSON.parse(read('bench/recorded.json'));

// Of other documents.
const QUOTED = {
  turnSecondsOf100000: quoted('bench/README.md', /bare SQL\s+and ([\d.]+) s for the turn/),
  pageMillis: quoted('docs/performance.md', /answers, ms \(([\d.]+) when warm\)/),
  megabytesOfNode: quoted('docs/operations.md', /when idle and \d+ to (\d+) MB under full load/),
  connectionsOfNode: quoted('README.md', /\| `EXPIRY_DATABASE_CONNECTIONS` \| `(\d+)` \|/) + 6,
  clientsOfNode: quoted('README.md', /\| `EXPIRY_CLIENT_CONNECTIONS` \| `(\d+)` \|/),
  lateTurnSeconds: quoted('deploy/monitoring/rules.yml', /expiry_turns_lag_seconds\{job="expiry"\}\) > (\d+)/),
  notifyAfterMillis: quoted('src/main/java/org/expirytracker/activities/LiveFeed.java', /NOTIFY_AFTER_MILLIS = (\d+)/),
};

// Of people and machines. Whoever knows better changes them here, and runs --write.
const ASSUMED = {
  changesOfInventory: 9,
  notificationsOfInventory: 6,
  requestsOfInventory: 40,
  shareOfBusiestHour: 0.1,
  burst: 2,
  subscribers: 0.02,
  largestZone: 0.3,
  coresOfNode: 4,
  database: { cores: 64, terabytes: 16, connections: 500, logMegabytes: 200, deliveries: 100_000 },
  shard: { cores: 32, terabytes: 4 },
  years: 3,
};
const SCALES = [1, 100, 10_000];

// ---- Numbers for people: two digits that count

function amount(value) {
  if (value === 0) {
    return '0';
  }
  const digits = Math.max(0, 1 - Math.floor(Math.log10(Math.abs(value))));
  const rounded = Number(value.toPrecision(2));
  return rounded >= 100 ? Math.round(rounded).toLocaleString('en-US') : rounded.toFixed(Math.min(digits, 3)).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
}

const bytes = value => {
  const at = Math.min(4, Math.max(1, Math.floor(Math.log10(value) / 3)));
  return `${amount(value / 1000 ** at)} ${['B', 'kB', 'MB', 'GB', 'TB'][at]}`;
};
const span = seconds => seconds < 90 ? `${amount(seconds)} s` : seconds < 5400 ? `${amount(seconds / 60)} min` : `${amount(seconds / 3600)} h`;
const table = (head, rows) => [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...rows.map(row => `| ${row.join(' | ')} |`)].join('\n');

// ---- Simulations

// Mulberry32: small, and the same everywhere.
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** How much longer than its work a request takes, on so many processors, of which such a share is busy: mean and p99. */
function waits(processors, busy, requests = 200_000) {
  const random = generator(1);
  const exponential = mean => -mean * Math.log(1 - random());
  const free = new Array(processors).fill(0);
  const times = new Float64Array(requests);
  let now = 0;
  for (let at = 0; at < requests; at++) {
    now += exponential(1 / (processors * busy));
    let first = 0;
    for (let other = 1; other < processors; other++) {
      if (free[other] < free[first]) {
        first = other;
      }
    }
    const begins = Math.max(now, free[first]);
    free[first] = begins + exponential(1);
    times[at] = free[first] - now;
  }
  times.sort();
  return { mean: times.reduce((sum, time) => sum + time, 0) / requests, p99: times[Math.floor(requests * 0.99)] };
}

/** How much more than the mean the fullest of so many shards holds, where inventories differ as incomes do. */
function fullest(shards, inventories = 200_000) {
  const random = generator(2);
  const held = new Float64Array(shards);
  let all = 0;
  for (let at = 0; at < inventories; at++) {
    // Log-normal: half of them have less than a third of the mean, one in a thousand forty times as much.
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const items = Math.exp(1.6 * normal);
    held[Math.floor(random() * shards)] += items;
    all += items;
  }
  return Math.max(...held) / (all / shards);
}

/** Minutes until the days of one zone are turned that are all due at once, and of a world whose zones come one after the other. */
function turned(due, perSecond, zones) {
  let waiting = 0;
  let longest = 0;
  for (let minute = 0; minute < 1440; minute++) {
    const hour = minute / 60;
    if (minute % 60 === 0 && zones[hour]) {
      waiting += due * zones[hour];
    }
    longest = Math.max(longest, waiting / perSecond);
    waiting = Math.max(0, waiting - perSecond * 60);
  }
  return longest;
}

const ONE_COUNTRY = { 0: 1 };
// Hours before midnight in Greenwich, roughly as people who use such programs are spread; the largest has largestZone.
const WORLD = { 3: 0.08, 4: 0.08, 7: 0.06, 11: 0.04, 12: ASSUMED.largestZone, 13: 0.12, 16: 0.04, 17: 0.06, 18: 0.1, 19: 0.07, 21: 0.05 };
assert(Math.abs(Object.values(WORLD).reduce((sum, share) => sum + share, 0) - 1) < 1e-9, 'Zones are shares of all.');

// ---- The model

const BUSY = 0.6;
const bytesLive = Object.values(measured.bytesOfItem).reduce((sum, each) => sum + each, 0);
const bytesOfDay = ASSUMED.changesOfInventory * measured.bytesOfChange + measured.bytesOfReport + ASSUMED.notificationsOfInventory * measured.bytesOfNotification;
// Measured shortly after a start, beside others. What Java needs once it has compiled is known of a page; PostgreSQL does not change.
const warm = QUOTED.pageMillis / measured.page.nodeMillis;
const peak = ASSUMED.shareOfBusiestHour / 3600 * ASSUMED.burst;
const turnsOfNode = 100_000 / QUOTED.turnSecondsOf100000;

/** @param one whether all is on one PostgreSQL, however large it would have to be */
function at(items, { one = false } = {}) {
  const inventories = items / measured.itemsOfInventory;
  const requests = inventories * ASSUMED.requestsOfInventory * peak;
  const changes = inventories * ASSUMED.changesOfInventory * peak;
  const nodeCores = (requests * measured.page.nodeMillis + changes * measured.change.nodeMillis) * warm / 1000 / BUSY;
  const databaseCores = (requests * measured.page.databaseMillis + changes * measured.change.databaseMillis) / 1000 / BUSY;
  const sockets = inventories * ASSUMED.subscribers;
  // One may be away.
  const nodes = Math.max(2, Math.ceil(Math.max(nodeCores / ASSUMED.coresOfNode, sockets / QUOTED.clientsOfNode)) + 1);
  const live = items * bytesLive;
  const kept = live + inventories * bytesOfDay * 365 * ASSUMED.years;
  const shards = Math.max(Math.ceil(databaseCores / ASSUMED.shard.cores), Math.ceil(kept / (ASSUMED.shard.terabytes * 1e12)));
  const oneIsEnough = one || databaseCores <= ASSUMED.database.cores && kept <= ASSUMED.database.terabytes * 1e12;
  const machines = oneIsEnough ? 1 : shards;
  const machinesToCompute = Math.ceil(databaseCores / (databaseCores <= ASSUMED.database.cores ? ASSUMED.database.cores : ASSUMED.shard.cores));
  // Half of the database's processors for the turn, at night.
  const coresForTurns = machines * (oneIsEnough ? ASSUMED.database.cores : ASSUMED.shard.cores) / 2;
  const turnsPerSecond = Math.min(nodes * turnsOfNode, coresForTurns * 1000 / measured.turn.databaseMillis);
  return {
    items, inventories, requests, changes, nodeCores, databaseCores, nodes, sockets, live, kept, machines, machinesToCompute,
    log: changes * measured.change.logBytes,
    logOfTurns: turnsPerSecond * measured.turn.logBytes,
    connections: nodes * QUOTED.connectionsOfNode,
    deliveries: nodes * nodes * 1000 / QUOTED.notifyAfterMillis,
    country: turned(inventories, turnsPerSecond, ONE_COUNTRY),
    world: turned(inventories, turnsPerSecond, WORLD),
  };
}

/** The least number of items, in steps of a twentieth, at which something no longer holds. */
function breaks(holds) {
  let items = 100_000;
  while (holds(at(items, { one: true })) && items < 1e13) {
    items *= 1.05;
  }
  return items;
}

const { database } = ASSUMED;
const LIMITS = [
  [`all days of one country within ${span(QUOTED.lateTurnSeconds)}`, model => model.country <= QUOTED.lateTurnSeconds, 'hours of the turn that differ (`turnHour`), more nodes, then shards'],
  ['disk of one machine, after three years', model => model.kept <= database.terabytes * 1e12, 'an archive for the log (see below), then shards'],
  [`${database.connections} connections of PostgreSQL`, model => model.connections <= database.connections, 'a pooler before it: `DATABASE_DIRECT_URL`, four connections of each node then'],
  [`${database.cores} processors of PostgreSQL`, model => model.databaseCores <= database.cores, 'shards'],
  [`${amount(database.logMegabytes)} MB of write-ahead log a second`, model => model.log <= database.logMegabytes * 1e6, 'shards'],
  [`${database.deliveries.toLocaleString('en-US')} hints a second to other nodes`, model => model.deliveries <= database.deliveries, 'the slow poll alone (two seconds), or larger nodes'],
];

const million = items => `${(items / 1e6).toLocaleString('en-US')} million`;

const TABLES = {
  measured: () => table(['', 'a node, ms', 'PostgreSQL, ms', 'write-ahead log'], [
    ['a page of 50 items with their categories', amount(measured.page.nodeMillis), amount(measured.page.databaseMillis), bytes(Math.max(1, measured.page.logBytes))],
    ['a change (`takeOut`)', amount(measured.change.nodeMillis), amount(measured.change.databaseMillis), bytes(measured.change.logBytes)],
    [`an item, ${measured.itemsOfInventory} at a time (\`createItems\`)`, amount(measured.itemByThousands.nodeMillis), amount(measured.itemByThousands.databaseMillis), bytes(measured.itemByThousands.logBytes)],
    [`the turn of an inventory of ${measured.itemsOfInventory}, with ${amount(measured.turn.notifications)} notifications and a report`, amount(measured.turn.nodeMillis), amount(measured.turn.databaseMillis), bytes(measured.turn.logBytes)],
    ['an account (most of it Argon2id)', amount(measured.account.nodeMillis), amount(measured.account.databaseMillis), bytes(measured.account.logBytes)],
  ]),
  disk: () => table(['with its indexes', 'bytes'], [
    ...Object.entries(measured.bytesOfItem).map(([name, size]) => [`an item: \`${name}\``, size.toLocaleString('en-US')]),
    ['a change: its activity and what was taken out', measured.bytesOfChange.toLocaleString('en-US')],
    ['a notification', measured.bytesOfNotification.toLocaleString('en-US')],
    ['a report', measured.bytesOfReport.toLocaleString('en-US')],
    [`an inventory of ${measured.itemsOfInventory}, as it is`, bytes(measured.itemsOfInventory * bytesLive)],
    ['what it adds in a year: log, reports, notifications', bytes(bytesOfDay * 365)],
  ]),
  quoted: () => table(['', '', 'stands in'], [
    ['days that a node turns in a second', amount(turnsOfNode), 'bench/README.md'],
    ['a page, ms of a node that is warm', amount(QUOTED.pageMillis), 'docs/performance.md'],
    ['so of what a node took above it takes, once warm', `${amount(warm * 100)} %`, ''],
    ['answers for the same processor time, of a handler written by hand', amount(1 / recorded.page['answers for the same processor time']) + ' times as many', 'bench/recorded.json'],
    ['memory of a node under load', `${QUOTED.megabytesOfNode} MB`, 'docs/operations.md'],
    ['connections of a node to PostgreSQL', String(QUOTED.connectionsOfNode), 'README.md'],
    ['a day is late', span(QUOTED.lateTurnSeconds), 'deploy/monitoring/rules.yml'],
  ]),
  assumed: () => table(['of', '', ''], [
    ['an inventory', `${measured.itemsOfInventory} items`, 'as in the benchmark: a household has fewer, a shop more'],
    ['a day of it', `${ASSUMED.changesOfInventory} changes`, 'three things come, and go in two takings each: an item stays two months'],
    ['', `${ASSUMED.notificationsOfInventory} notifications`, 'of each thing one before its date and one on it'],
    ['', `${ASSUMED.requestsOfInventory} requests, as dear as a page`, 'somebody looks five times, eight requests each'],
    ['the busiest minutes', `${amount(ASSUMED.shareOfBusiestHour * 100)} % of the day's requests in an hour, and ${ASSUMED.burst} times that`, `${amount(peak * 86_400)} times the mean`],
    ['then connected', `${amount(ASSUMED.subscribers * 100)} % of the inventories`, 'a socket each'],
    ['a node', `${ASSUMED.coresOfNode} processors`, `busy to ${amount(BUSY * 100)} %, see the simulation`],
    ['one PostgreSQL', `${database.cores} processors, ${database.terabytes} TB, ${database.connections} connections`, 'a large machine that one can rent'],
    ['a shard', `${ASSUMED.shard.cores} processors, ${ASSUMED.shard.terabytes} TB`, 'so that one can be moved in a night'],
  ]),
  scales: () => {
    const models = SCALES.map(scale => at(scale * 1e6));
    const row = (name, value) => [name, ...models.map(value)];
    return table(['', ...SCALES.map(scale => `${scale.toLocaleString('en-US')} million items`)], [
      row('inventories', model => amount(model.inventories)),
      row('requests a second, in the busiest minutes', model => amount(model.requests)),
      row('changes a second, then', model => amount(model.changes)),
      row('processors for nodes', model => amount(model.nodeCores)),
      row('**nodes**, one of which may be away', model => amount(model.nodes)),
      row('sockets', model => amount(model.sockets)),
      row('**processors of PostgreSQL**', model => amount(model.databaseCores)),
      row('write-ahead log a second, by changes', model => bytes(model.log)),
      row('write-ahead log a second, while days turn', model => bytes(model.logOfTurns)),
      row('**disk**: what is there', model => bytes(model.live)),
      row(`and with ${ASSUMED.years} years of log, reports, notifications`, model => bytes(model.kept)),
      row('**connections** without a pooler', model => amount(model.connections)),
      row('machines of PostgreSQL, and as many standbys', model => amount(model.machines)),
      row('of them for processors alone', model => amount(model.machinesToCompute)),
      row('all days turned, where all are of one country', model => span(model.country)),
      row('where they are of the world', model => span(model.world)),
    ]);
  },
  breaks: () => table(['what no longer holds', 'from about', 'then'],
    LIMITS.map(([name, holds, remedy]) => [name, breaks(holds), remedy]).toSorted((one, other) => one[1] - other[1])
      .map(([name, items, remedy]) => [name, items >= 1e13 ? 'beyond all of these' : `${amount(items / 1e6)} million items`, remedy])),
  waits: () => table(['busy to', ...[2, 4, 16].map(processors => `${processors} processors: mean, p99`)],
    [0.5, 0.6, 0.7, 0.8, 0.9].map(busy => [`${amount(busy * 100)} %`, ...[2, 4, 16].map(processors => {
      const { mean, p99 } = waits(processors, busy);
      return `${amount(mean)}, ${amount(p99)}`;
    })])),
  shards: () => table(['shards', '8', '32', '128', '1,024'], [
    ['the fullest holds, of the mean', ...[8, 32, 128, 1024].map(shards => amount(fullest(shards)))],
  ]),
};

const [mode] = process.argv.slice(2);
if (!['--write', '--check'].includes(mode)) {
  console.error('Usage: node growth.mjs --write | --check');
  process.exit(2);
}
const document = read(DOCUMENT);
const filled = new Set();
const written = document.replace(/(<!-- growth: (\w+) -->\n)[\s\S]*?(<!-- \/growth -->)/g, (all, begin, name, end) => {
  assert(TABLES[name], `${DOCUMENT} asks for a table ${name}`);
  filled.add(name);
  return `${begin}${TABLES[name]()}\n${end}`;
});
assert.deepEqual([...filled].toSorted(), Object.keys(TABLES).toSorted(), `tables of ${DOCUMENT}`);
if (mode === '--write') {
  writeFileSync(join(project, DOCUMENT), written);
} else if (written !== document) {
  const [says, is] = [document.split('\n'), written.split('\n')];
  const line = says.findIndex((text, number) => text !== is[number]);
  console.error(`${DOCUMENT}:${line + 1} says\n  ${says[line]}\nand by what was measured it is\n  ${is[line]}\nRun: node bench/growth/growth.mjs --write, and read the text around it again.`);
  process.exit(1);
} else {
  console.log(`${filled.size} tables of ${DOCUMENT} are as they are computed, up to ${million(SCALES.at(-1) * 1e6)} items`);
}
