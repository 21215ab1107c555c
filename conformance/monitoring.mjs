// Every metric that an alert rule or a panel of the dashboard names is one that a running server exports, or one of
// Prometheus itself. Usage: node monitoring.mjs URL RULES DASHBOARD
import assert from 'node:assert/strict';
import { expressions, metrics } from './expressions.mjs';

const [url, rules, dashboard] = process.argv.slice(2);
if (!dashboard) {
  console.error('Usage: node monitoring.mjs URL RULES DASHBOARD');
  process.exit(2);
}

// up is of each scrape, ALERTS of each rule; a node says of a broker only where one is named.
const ELSEWHERE = ['up', 'ALERTS', 'expiry_mqtt_connected'];

const response = await fetch(`${url}/metrics`);
assert.equal(response.status, 200);
const exported = new Set((await response.text()).split('\n').filter(line => line && !line.startsWith('#')).map(line => line.split(/[{ ]/)[0]));
assert(exported.has('jvm_memory_used_bytes'), 'These are no figures of a server.');
// Something that must be missing, so that missing nothing means something.
assert(!exported.has([...metrics('rate(expiry_turnes_total[5m])')][0]));

const missing = [];
const named = new Set();
for (const { where, expression } of expressions(rules, dashboard)) {
  for (const metric of metrics(expression)) {
    named.add(metric);
    if (!exported.has(metric) && !ELSEWHERE.includes(metric)) {
      missing.push(`${where}: ${metric}`);
    }
  }
}
assert.deepEqual(missing, [], 'Named, but exported by no server');
console.log(`${named.size} metrics named, all of them exported`);
