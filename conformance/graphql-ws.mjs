// Subscribes with the protocol's reference client: node graphql-ws.mjs URL TOKEN
import assert from 'node:assert/strict';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, token] = process.argv.slice(2);
if (!token) {
  console.error('Usage: node graphql-ws.mjs URL ACCESS_TOKEN');
  process.exit(2);
}

const socketUrl = url.replace(/^http/, 'ws');
const clientWith = (accessToken) =>
  createClient({
    url: socketUrl,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${accessToken}` },
  });

const client = clientWith(token);
const events = client.iterate({ query: 'subscription { itemChanged { action item { name } } }' });
const first = events.next();

// A query over the same socket: the subscription stands when its answer is here.
const viewer = await client.iterate({ query: '{ viewer { username } }' }).next();
assert.ok(viewer.value.data.viewer.username);

const name = `Heard ${Date.now()}`;
const created = await client
  .iterate({
    query: 'mutation ($input: CreateItemInput!) { createItem(input: $input) { item { id } userErrors { message } } }',
    variables: { input: { name } },
  })
  .next();
const { id } = created.value.data.createItem.item;
const heard = await first;
assert.deepEqual(heard.value.data.itemChanged, { action: 'CREATED', item: { name } });

await client
  .iterate({
    query: 'mutation ($input: DeleteItemInput!) { deleteItem(input: $input) { deletedId userErrors { message } } }',
    variables: { input: { id } },
  })
  .next();
const gone = await events.next();
assert.deepEqual(gone.value.data.itemChanged, { action: 'DELETED', item: null });
await events.return();
console.log('ok  query, mutation and subscription over one socket');

const unknown = await client.iterate({ query: '{ nonsense }' }).next().then(
  () => assert.fail('An invalid query was answered'),
  (errors) => errors,
);
assert.equal(unknown[0].extensions.code, 'INVALID');
console.log('ok  an invalid query is an error message');
await client.dispose();

const stranger = clientWith('forged');
await assert.rejects(
  () => stranger.iterate({ query: '{ viewer { username } }' }).next(),
  (event) => event.code === 4401,
);
console.log('ok  a forged token closes the socket');

const legacy = new WebSocket(socketUrl, 'graphql-ws');
const code = await new Promise((resolve) => {
  legacy.on('close', resolve);
  legacy.on('error', () => resolve('refused'));
});
assert.ok([4406, 1002, 1006, 'refused'].includes(code), `closed with ${code}`);
console.log('ok  the legacy protocol is not spoken');
