// An upgrade as an operator makes it: two nodes of the former release behind Caddy, as deploy/compose has them, are replaced one
// after the other by this one, the first of which migrates the database, while clients read, write and listen. No request may
// fail, nothing that was acknowledged may be lost or doubled, and every change is told once.
// Usage: node upgrade.mjs FORMER CURRENT FOLDER   (each program: what is run with the argument serve; FOLDER: an empty one; it
// needs Caddy and PostgreSQL 15, of which PG_BIN names the folder)
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { parse } from 'yaml';
import { Caddy } from './caddy.mjs';
import { Node, accounts } from './faults/node.mjs';
import { Cluster } from './faults/postgres.mjs';
import { Workload } from './faults/workload.mjs';
import { Processes, until } from './processes.mjs';

const [former, current, folder] = process.argv.slice(2);
if (!folder) {
  console.error('Usage: node upgrade.mjs FORMER CURRENT FOLDER');
  process.exit(2);
}

const DEPLOY = join(import.meta.dirname, '../deploy');
const ACCOUNTS = 6;
const ITEMS = 1_000;
/** A node that stops or that Caddy gives up: a listener comes back, and goes on where it was. */
const GONE = [1001, 1006, 1012];
/** How long nodes of both releases serve side by side. */
const SIDE_BY_SIDE_MILLIS = 10_000;
/** Caddy looks at readiness as often as the Caddyfile says. */
const NOTICED_MILLIS = 2_500;

const FILL = 'mutation ($input: CreateItemsInput!) { createItems(input: $input) { items { id } userErrors { message } } }';
/** What both releases know. */
const READS = [
  'query { items(first: 20) { totalCount nodes { id name status daysLeft quantity category { name } } } }',
  'query { inventory { __typename } }',
  'query { categories(first: 10) { nodes { id name } } }',
];

const began = Date.now();
const say = text => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);
const version = program => execFileSync(program, ['--version'], { encoding: 'utf8' }).split('\n')[0];
/** Whether a program has a variable: it refuses those that it has not. */
const knows = (program, variable) => execFileSync(program, ['help', 'serve'], { encoding: 'utf8' }).includes(variable);

const processes = new Processes(folder);

/** Reads over and over, and keeps what went wrong. */
class Reader {
  answers = 0;
  longest = 0;
  failures = [];

  constructor(client, token) {
    this.loop = this.#read(client, token);
  }

  async #read(client, token) {
    for (let at = 0; !this.ended; at++) {
      const begun = Date.now();
      try {
        await client.data(token, READS[at % READS.length]);
        this.answers++;
      } catch (failure) {
        this.failures.push(failure.message);
      }
      this.longest = Math.max(this.longest, Date.now() - begun);
      await pause(40);
    }
  }

  async end() {
    this.ended = true;
    await this.loop;
  }
}

/** Listens to everything that happens to an account, and goes on after the cursor it saw last. */
class Listener {
  cursors = [];
  connections = 0;
  failures = [];

  constructor(caddy, token) {
    this.loop = this.#listen(caddy, token);
  }

  async #listen(caddy, token) {
    while (!this.ended) {
      this.connections++;
      this.client = createClient({
        url: `wss://localhost:${caddy.secure}/graphql`,
        webSocketImpl: class extends WebSocket {
          constructor(address, protocols) {
            super(address, protocols, { ca: caddy.authority });
          }
        },
        connectionParams: { authorization: `Bearer ${token}` },
        retryAttempts: 0,
      });
      try {
        const after = this.cursors.at(-1) ?? '0';
        for await (const { data, errors } of this.client.iterate({ query: 'subscription ($after: String) { activity(after: $after) { cursor kind } }', variables: { after } })) {
          assert.equal(errors, undefined, JSON.stringify(errors));
          this.cursors.push(data.activity.cursor);
        }
      } catch (closed) {
        if (!GONE.includes(closed.code)) {
          this.failures.push(`${closed.code ?? ''} ${closed.reason ?? closed.message ?? closed}`.trim());
        }
      }
      await pause(100);
    }
  }

  async end() {
    this.ended = true;
    await this.client?.dispose();
    await this.loop;
  }
}

/** The access token of a new account, which sees all that happens to it. */
async function openSession(client) {
  const { register } = await client.data(undefined, 'mutation ($input: RegisterInput!) { register(input: $input) { session { accessToken } userErrors { message } } }', {
    input: { username: 'listener', email: 'listener@example.org', password: 'green stapler walks 77' },
  });
  assert.deepEqual(register.userErrors, []);
  return register.session.accessToken;
}

async function fill(client, token) {
  const input = { items: Array.from({ length: ITEMS }, (_, at) => ({ name: `Stock ${at}`, quantity: String(1 + at % 9), location: `Shelf ${at % 20}` })) };
  const { createItems } = await client.data(token, FILL, { input });
  assert.deepEqual(createItems.userErrors, []);
}

/**
 * Stops the node and starts the program in its place, with its settings. One that stops without a word to Caddy is taken out
 * there before, as docs/releases.md says.
 */
async function replace(caddy, nodes, node, program, more) {
  const silent = !node.more.EXPIRY_DRAIN_SECONDS;
  if (silent) {
    await caddy.serve(nodes.filter(other => other !== node).map(({ port }) => port));
  }
  const code = await node.end('SIGTERM');
  assert([0, 143].includes(code), `${node.name} ended with ${code}`);
  Object.assign(node, { program, more });
  await node.start();
  if (silent) {
    await caddy.serve(nodes.map(({ port }) => port));
  }
  // Caddy has to look again.
  await pause(NOTICED_MILLIS);
}

let database;
let caddy;
try {
  database = await Cluster.create(join(folder, 'cluster'));
  await database.start();
  const { EXPIRY_DRAIN_SECONDS, EXPIRY_SHUTDOWN_SECONDS } = parse(readFileSync(join(DEPLOY, 'compose/compose.yaml'), 'utf8'), { merge: true }).services['node-1'].environment;
  const settings = { EXPIRY_SHUTDOWN_SECONDS, EXPIRY_TRUSTED_PROXIES: '127.0.0.1', EXPIRY_DRAIN_SECONDS };
  const formerSettings = { ...settings, EXPIRY_DRAIN_SECONDS: knows(former, 'EXPIRY_DRAIN_SECONDS') ? EXPIRY_DRAIN_SECONDS : undefined };
  const nodes = ['first', 'second'].map(name => new Node(processes, resolve(former), name, database.url(), formerSettings));
  for (const node of nodes) {
    await node.start();
  }
  caddy = await Caddy.start(processes, DEPLOY, folder, nodes.map(({ port }) => port));
  const client = {
    ask: (token, query, variables) => caddy.ask('/graphql', { method: 'POST', headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }, body: JSON.stringify({ query, variables }) }),
  };
  client.data = async (token, query, variables) => {
    const { status, text } = await client.ask(token, query, variables);
    assert.equal(status, 200, `${status} ${text}`);
    const { data, errors } = JSON.parse(text);
    assert.equal(errors, undefined, text);
    return data;
  };

  const tokens = await accounts(client, ACCOUNTS);
  for (const token of tokens) {
    await fill(client, token);
  }
  say(`two nodes of ${version(former)} behind Caddy; ${ACCOUNTS} accounts with ${ITEMS} items each`);

  const session = await openSession(client);
  const listener = new Listener(caddy, session);
  const readers = tokens.map(token => new Reader(client, token));
  const workload = new Workload(client, [...tokens, session], 'upgrade');
  await workload.start();
  await pause(3_000);

  await replace(caddy, nodes, nodes[0], resolve(current), settings);
  say(`the first node is of ${version(current)}: the database is migrated`);
  await pause(SIDE_BY_SIDE_MILLIS);
  say('both releases have served side by side');
  await replace(caddy, nodes, nodes[1], resolve(current), settings);
  await pause(3_000);
  say('the second node is of this release as well');

  for (const reader of readers) {
    await reader.end();
  }
  const refused = workload.refusals();
  const sums = await workload.check();
  // Who listens only now is told all from the beginning.
  const whole = new Listener(caddy, session);
  await until('all is told', () => listener.cursors.length > 0 && whole.cursors.length === listener.cursors.length, 30);
  await Promise.all([listener.end(), whole.end()]);
  const failures = readers.flatMap(reader => reader.failures);
  const answers = readers.reduce((sum, reader) => sum + reader.answers, 0);
  say(`writes: ${sums.acknowledged} acknowledged, ${sums.lost} lost, ${sums.doubled} doubled, refused: ${refused}; the longest took ${workload.longest().toFixed(1)} s`);
  say(`reads: ${answers} answered, ${failures.length} failed; the longest took ${(Math.max(...readers.map(({ longest }) => longest)) / 1000).toFixed(1)} s`);
  say(`live: ${listener.cursors.length} changes told over ${listener.connections} connections, ${listener.failures.length} of which failed`);
  assert.deepEqual(failures.slice(0, 3), []);
  assert.deepEqual(listener.failures, []);
  assert.deepEqual(listener.cursors, whole.cursors);
  assert.equal(new Set(listener.cursors).size, listener.cursors.length);
  assert.equal(refused, 'none');
  assert.deepEqual([sums.lost, sums.doubled], [0, 0]);

  console.log(execFileSync(current, ['db', 'check'], { encoding: 'utf8', env: { ...process.env, DATABASE_URL: database.url() } }).trim());
  for (const node of nodes) {
    // A busy machine stands still now and then, which is no fault of theirs.
    const complaints = processes.log(node.name).split('\n').filter(line => / (ERROR|WARN) /.test(line) && !line.includes('BlockedThreadChecker'));
    assert.deepEqual(complaints, [], `${node.name} complained`);
  }
  say('no node complained');
} catch (failure) {
  console.error(processes.logs());
  throw failure;
} finally {
  Workload.endAll();
  caddy?.leave();
  await processes.end();
  await database?.remove();
}
