// Two nodes of the packaged program on one database behind Caddy, as deploy/compose has them, and Prometheus, all of them as
// processes of this machine: what a client sees over TLS, of whom a node learns, that a rolling restart fails no request, and
// that Prometheus answers every expression of the alert rules and of the dashboard.
// Usage: node two-nodes.mjs PROGRAM DEPLOY FOLDER DATABASE_URL   (FOLDER: an empty one)
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { join, resolve as absolute } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { parse, stringify } from 'yaml';
import { Caddy } from './caddy.mjs';
import { expressions } from './expressions.mjs';
import { Processes, freePort, status, until } from './processes.mjs';

const [program, deploy, folder, databaseUrl] = process.argv.slice(2);
if (!databaseUrl) {
  console.error('Usage: node two-nodes.mjs PROGRAM DEPLOY FOLDER DATABASE_URL');
  process.exit(2);
}

const PASSWORD = 'green stapler walks 77';
const began = Date.now();
const say = text => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s  ${text}`);
const processes = new Processes(folder);

// ---- The nodes

const compose = parse(readFileSync(join(deploy, 'compose/compose.yaml'), 'utf8'), { merge: true }).services;
const { EXPIRY_DRAIN_SECONDS, EXPIRY_SHUTDOWN_SECONDS } = compose['node-1'].environment;
const ports = [await freePort(), await freePort()];
const settings = {
  DATABASE_URL: databaseUrl,
  EXPIRY_JWT_KEY: randomBytes(48).toString('base64'),
  EXPIRY_SECRET_KEYS: randomBytes(32).toString('base64'),
  EXPIRY_HOST: '127.0.0.1',
  EXPIRY_TRUSTED_PROXIES: '127.0.0.1',
  EXPIRY_DRAIN_SECONDS,
  EXPIRY_SHUTDOWN_SECONDS,
  // Short lives: what the second compiler learns would come too late.
  EXPIRY_JAVA_OPTS: '-XX:TieredStopAtLevel=1 -Xmx256m',
};
const startNode = at => processes.start(`node-${at + 1}`, program, ['serve'], { ...settings, EXPIRY_PORT: ports[at] });
const ready = at => until(`node-${at + 1} is ready`, async () => (await status(`http://127.0.0.1:${ports[at]}/health/ready`)) === 200);

// ---- A client of Caddy

let caddy;
const ask = (path, options) => caddy.ask(path, options);

let token;

async function operation(query, variables = {}, headers = {}) {
  const answer = await ask('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    body: JSON.stringify({ query, variables }),
  });
  assert.equal(answer.status, 200, `${answer.status} ${answer.text}`);
  const { data, errors } = JSON.parse(answer.text);
  assert.equal(errors, undefined, answer.text);
  return data;
}

async function whatAClientSees() {
  const dashboard = await ask('/');
  assert.equal(dashboard.status, 200);
  assert.match(dashboard.headers['strict-transport-security'], /max-age=31536000/);
  for (const path of ['/metrics', '/metrics/', '//metrics', '/%6Detrics', '/METRICS', '/metrics?x=1', '/x/../metrics', '/./metrics', '/metrics/..;/metrics']) {
    const { status, text } = await ask(path);
    assert(status !== 200 && !text.includes('jvm_memory'), `${path} tells the public ${status}`);
  }
  const redirected = await new Promise((resolve, reject) => {
    plainRequest({ host: '127.0.0.1', port: caddy.open, path: '/x', headers: { host: 'localhost' } }, resolve).on('error', reject).end();
  });
  assert.equal(redirected.statusCode, 308);
  assert.match(redirected.headers.location, /^https:\/\/localhost/);
  redirected.destroy();
}

async function ofWhomANodeLearns() {
  const user = { username: 'anna', email: 'anna@example.org', password: PASSWORD };
  // What a client says of itself is not believed: the address is that from which it came to Caddy.
  const forged = { 'x-forwarded-for': '203.0.113.9' };
  const registered = await operation('mutation ($input: RegisterInput!) { register(input: $input) { session { accessToken } userErrors { message } } }', { input: user }, forged);
  assert.deepEqual(registered.register.userErrors, []);
  const { login } = await operation('mutation ($input: LoginInput!) { login(input: $input) { session { accessToken } userErrors { message } } }', { input: { username: user.username, password: PASSWORD } }, forged);
  token = login.session.accessToken;
  const { loginAttempts } = await operation('{ loginAttempts(first: 10) { nodes { address } } }');
  assert.deepEqual([...new Set(loginAttempts.nodes.map(attempt => attempt.address))], ['127.0.0.1']);
}

const CREATE = 'mutation ($input: CreateItemInput!, $key: String!) { createItem(input: $input) @idempotent(key: $key) { item { id } userErrors { message } } }';

async function live() {
  const client = createClient({
    url: `wss://localhost:${caddy.secure}/graphql`,
    webSocketImpl: class extends WebSocket {
      constructor(address, protocols) {
        super(address, protocols, { ca: caddy.authority });
      }
    },
    connectionParams: { authorization: `Bearer ${token}` },
  });
  const events = client.iterate({ query: 'subscription { activity { stateAfter { ... on ItemState { name } } } }' });
  const next = events.next();
  // Until the subscription stands, nothing is told; so it is told again and again.
  let told = false;
  next.then(() => { told = true; });
  await until('an event over WebSocket', async () => {
    await operation(CREATE, { input: { name: 'Oat milk', quantity: '1' }, key: randomBytes(8).toString('hex') });
    return told;
  });
  assert.equal((await next).value.data.activity.stateAfter.name, 'Oat milk');
  await client.dispose();
}

// ---- A rolling restart, while four clients read and write

/** Whether a node has answered a request that came by way of Caddy. */
async function answersRequests(at) {
  const figures = await fetch(`http://127.0.0.1:${ports[at]}/metrics`).then(answer => answer.text());
  return /^vertx_http_server_requests_total\{code="200",method="POST"\} [1-9]/m.test(figures);
}

async function rollingRestart(nodes) {
  const counted = { answers: 0, created: 0 };
  const failures = [];
  let on = true;
  const clients = Array.from({ length: 4 }, async (_, at) => {
    while (on) {
      try {
        if (at % 2) {
          await operation('{ items(first: 5) { nodes { id name status } } }');
        } else {
          await operation(CREATE, { input: { name: `Client ${at}`, quantity: '1' }, key: randomBytes(8).toString('hex') });
          counted.created++;
        }
        counted.answers++;
      } catch (failure) {
        failures.push(failure);
      }
      await pause(60);
    }
  });
  const before = (await operation('{ items { totalCount } }')).items.totalCount;
  // Caddy looks every two seconds, and may not know yet that the other one is there.
  await until('that Caddy sends requests to node-2', () => answersRequests(1));
  nodes[0].child.kill('SIGTERM');
  const [code] = await nodes[0].ended;
  say(`node-1 has stopped with ${code}`);
  assert([0, 143].includes(code), `node-1 ended with ${code}`);
  nodes[0] = startNode(0);
  await ready(0);
  // Caddy has to look again.
  await pause(2500);
  on = false;
  await Promise.all(clients);
  assert.deepEqual(failures.map(failure => failure.message).slice(0, 3), [], `${failures.length} of ${counted.answers} failed`);
  const after = (await operation('{ items(first: 1) { totalCount } }')).items.totalCount;
  assert(after - before >= counted.created - 4 && after - before <= counted.created, 'What was acknowledged is there once.');
  assert(await answersRequests(0), 'The node that is back serves nobody.');
  say(`a rolling restart under ${counted.answers} requests, none of which failed`);
}

// ---- Prometheus, with the very rules

async function startPrometheus() {
  const monitoring = join(deploy, 'monitoring');
  const config = parse(readFileSync(join(monitoring, 'prometheus.yml'), 'utf8'));
  config.global = { scrape_interval: '1s', evaluation_interval: '1s' };
  config.rule_files = [absolute(monitoring, 'rules.yml')];
  config.scrape_configs[0].static_configs[0].targets = ports.map(port => `127.0.0.1:${port}`);
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, stringify(config));
  const port = await freePort();
  processes.start('prometheus', 'prometheus', [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'prometheus')}`, `--web.listen-address=127.0.0.1:${port}`]);
  return `http://127.0.0.1:${port}/api/v1`;
}

// What is there only when something is wrong, or where a broker is named.
const MAY_BE_NOTHING = /[<>]|ALERTS|expiry_mqtt|absent|==/;

async function figures(prometheus) {
  const asked = async path => (await fetch(`${prometheus}/${path}`)).json();
  const all = expressions(join(deploy, 'monitoring/rules.yml'), join(deploy, 'monitoring/grafana/dashboards/expiry-tracker.json'));
  for (const { where, expression } of all) {
    const query = `query?query=${encodeURIComponent(expression)}`;
    // A rate needs two looks at what may have happened for the first time just now.
    await until(`${where}: an answer to ${expression}`, async () => {
      const { status: outcome, error, data } = await asked(query);
      assert.equal(outcome, 'success', error);
      return MAY_BE_NOTHING.test(expression) || data.result.length > 0;
    }, 15);
  }
  const { data: { groups } } = await asked('rules?type=alert');
  const rules = groups.flatMap(group => group.rules);
  assert(rules.length > 0, 'Prometheus has no rules.');
  assert.deepEqual(rules.filter(rule => rule.health !== 'ok').map(rule => rule.name), []);
  assert.deepEqual(rules.filter(rule => rule.state === 'firing').map(rule => rule.name), []);
  say(`Prometheus answers ${all.length} expressions, and ${rules.length} alerts are silent`);
}

async function alarm(prometheus, node) {
  node.child.kill('SIGKILL');
  await node.ended;
  await until('ExpiryNodeDown is pending', async () => {
    const { data: { alerts } } = await (await fetch(`${prometheus}/alerts`)).json();
    return alerts.some(alert => alert.labels.alertname === 'ExpiryNodeDown' && alert.labels.instance === `127.0.0.1:${ports[1]}`);
  }, 10);
  await until('answers come from the other node', async () => (await operation('{ items(first: 1) { totalCount } }')).items.totalCount > 0, 10);
  say('a node was killed: noticed, and the other one answers');
}

try {
  const nodes = [startNode(0), startNode(1)];
  const prometheus = await startPrometheus();
  [caddy] = await Promise.all([Caddy.start(processes, deploy, folder, ports), ready(0), ready(1)]);
  say('two nodes are ready behind Caddy');
  await whatAClientSees();
  await ofWhomANodeLearns();
  await live();
  say('a client is answered over TLS, also live, and learns no figures of the inside');
  await rollingRestart(nodes);
  await figures(prometheus);
  await alarm(prometheus, nodes[1]);
} catch (failure) {
  console.error(processes.logs());
  throw failure;
} finally {
  caddy?.leave();
  await processes.end();
}
