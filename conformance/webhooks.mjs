// Checks every delivery with the reference library of Standard Webhooks, also over a rotation of the secret and after answers of
// 500. The server must allow 127.0.0.1 (EXPIRY_WEBHOOK_ALLOW). Usage: node webhooks.mjs URL ACCESS_TOKEN
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const [url, token] = process.argv.slice(2);
if (!token) {
  console.error('Usage: node webhooks.mjs URL ACCESS_TOKEN');
  process.exit(2);
}

let inventory = {};

async function ask(query, variables = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...inventory },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

async function mutate(name, selection, input) {
  const type = `${name[0].toUpperCase()}${name.slice(1)}Input!`;
  const data = await ask(`mutation ($input: ${type}) { ${name}(input: $input) { ${selection} userErrors { message } } }`, { input });
  assert.deepEqual(data[name].userErrors, []);
  return data[name];
}

// In an inventory of its own, so that nothing else is in the way.
const { inventory: { id: inventoryId } } = await mutate('createInventory', 'inventory { id }', { name: 'Webhooks' });
inventory = { 'Expiry-Inventory': inventoryId };

const got = [];
let wanted = null;
let status = 204;
const receiver = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  got.push({ headers: request.headers, body: Buffer.concat(pieces).toString('utf8'), status });
  response.writeHead(status).end();
  wanted?.();
});
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');

async function next(amount) {
  const deadline = AbortSignal.timeout(30_000);
  while (got.length < amount) {
    assert.ok(!deadline.aborted, `${got.length} of ${amount} deliveries in 30 seconds`);
    await new Promise((resolve) => {
      wanted = resolve;
      setTimeout(resolve, 1_000);
    });
  }
  return got.splice(0, amount);
}

const verified = (secret, each) => each.map(({ headers, body }) => new Webhook(secret).verify(body, headers).type);

const { webhook, secret } = await mutate('createWebhook', 'webhook { id } secret', {
  url: `http://127.0.0.1:${receiver.address().port}/hook`,
  events: ['ITEM_CREATED', 'ITEM_UPDATED', 'ITEM_TAKEN_OUT', 'ITEM_DELETED', 'ITEM_EXPIRING', 'ITEM_EXPIRED', 'NOTIFICATION_CREATED',
    'REPORT_READY'],
});

const soon = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
const { item } = await mutate('createItem', 'item { id }', { name: 'Crème brûlée 🍮 "quoted" \\ </script>', quantity: 3, expiryDate: soon });
await mutate('updateItem', 'item { id }', { id: item.id, location: 'Küche' });
await mutate('takeOut', 'item { id }', { itemId: item.id, quantity: 1, outcome: 'USED' });
await mutate('deleteItem', 'deletedId', { id: item.id });
await mutate('generateReport', 'report { id }', {});
const first = await next(7);
assert.deepEqual(verified(secret, first), ['item.created', 'item.expiring', 'notification.created', 'item.updated', 'item.taken_out',
  'item.deleted', 'report.ready']);
console.log('ok  the reference library takes every event, in order');

const altered = first.map(({ headers, body }) => ({ headers, body: body.replace('"version":1', '"version":2') }));
altered.forEach((each) => assert.throws(() => verified(secret, [each])));
console.log('ok  and none that was altered');

const { secret: another } = await mutate('rotateWebhookSecret', 'secret', { id: webhook.id });
await mutate('sendTestEvent', 'webhookDelivery { id }', { id: webhook.id });
const both = await next(1);
assert.deepEqual(verified(secret, both), ['webhook.test']);
assert.deepEqual(verified(another, both), ['webhook.test']);
console.log('ok  after a rotation by either secret');

status = 500;
await mutate('createItem', 'item { id }', { name: 'Milk' });
await mutate('createItem', 'item { id }', { name: 'Rice' });
const [failed] = await next(1);
status = 204;
const again = await next(2);
assert.deepEqual(verified(another, again), ['item.created', 'item.created']);
assert.equal(again[0].headers['webhook-id'], failed.headers['webhook-id']);
assert.deepEqual(again.map(({ body }) => JSON.parse(body).data.item.name), ['Milk', 'Rice']);
console.log('ok  what was answered 500 comes again, before anything else');

await mutate('deleteWebhook', 'deletedId', { id: webhook.id });
inventory = {};
await mutate('deleteInventory', 'deletedId', { inventoryId });
receiver.close();
receiver.closeAllConnections();
