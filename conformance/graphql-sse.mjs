// Subscribes with the reference client of GraphQL over Server-Sent Events: node graphql-sse.mjs URL TOKEN
import assert from 'node:assert/strict';
import { createClient } from 'graphql-sse';

const [url, token] = process.argv.slice(2);
if (!token) {
  console.error('Usage: node graphql-sse.mjs URL ACCESS_TOKEN');
  process.exit(2);
}

const clientWith = (accessToken) =>
  createClient({ url, retryAttempts: 0, headers: { authorization: `Bearer ${accessToken}` } });

const client = clientWith(token);
const ask = async (query, variables) => (await client.iterate({ query, variables }).next()).value;

const before = await ask('{ activities(first: 1) { nodes { cursor } } }');
const cursor = before.data.activities.nodes[0].cursor;
const follow = (after) =>
  client.iterate({
    query: 'subscription ($after: String) { activity(after: $after) { cursor kind } }',
    variables: { after },
  });
const events = follow(cursor);

const name = `Heard ${Date.now()}`;
const created = await ask(
  'mutation ($input: CreateItemInput!) { createItem(input: $input) { item { id } userErrors { message } } }',
  { input: { name } },
);
const first = (await events.next()).value.data.activity;
assert.equal(first.kind, 'ITEM_CREATED');
assert.equal(Number(first.cursor), Number(cursor) + 1);

await ask(
  'mutation ($input: DeleteItemInput!) { deleteItem(input: $input) { deletedId userErrors { message } } }',
  { input: { id: created.data.createItem.item.id } },
);
assert.equal((await events.next()).value.data.activity.kind, 'ITEM_DELETED');
await events.return();

const again = follow(first.cursor);
const missed = (await again.next()).value.data.activity;
assert.equal(missed.kind, 'ITEM_DELETED');
assert.equal(Number(missed.cursor), Number(cursor) + 2);
await again.return();
console.log('ok  a stream goes on where another one ended');
console.log('ok  query, mutation and subscription as event streams');

const invalid = await ask('{ nonsense }');
assert.equal(invalid.errors[0].extensions.code, 'INVALID');
console.log('ok  an invalid query is an event with errors');

await assert.rejects(
  () => clientWith('forged').iterate({ query: '{ viewer { username } }' }).next(),
  (failure) => failure.response?.status === 401,
);
console.log('ok  a forged token is refused with 401');
