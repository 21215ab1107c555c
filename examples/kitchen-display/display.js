// What has expired and what soon will, in a terminal. node display.js [--once | use EXTERNAL_ID QUANTITY]
import { randomUUID } from 'node:crypto';
import { gql } from '@apollo/client';
import { connect } from './server.js';

const { EXPIRY_URL = 'http://127.0.0.1:8080', API_TOKEN } = process.env;
if (!API_TOKEN) {
  console.error('Set API_TOKEN to an API token of the server: see docs/api.md.');
  process.exit(2);
}

const SOON = gql`query Soon($after: String) {
  items(first: 50, after: $after, filter: { or: [{ status: [EXPIRED] }, { expiresWithinDays: 14 }] }) {
    edges { node { id name quantity unit location daysLeft } }
    pageInfo { hasNextPage endCursor }
  }
}`;

const CHANGED = gql`subscription Changed($after: String) {
  itemChanged(after: $after) { action itemId item { id name quantity unit location daysLeft } }
}`;

const USE = gql`mutation Use($input: TakeOutInput!, $key: String!) {
  takeOut(input: $input) @idempotent(key: $key) {
    item { id name quantity unit }
    userErrors { message }
  }
}`;

const { client, end } = connect(EXPIRY_URL, API_TOKEN);

/** Reads all pages; the cache joins them. */
async function soon() {
  let { data: { items } } = await client.query({ query: SOON, fetchPolicy: 'network-only' });
  while (items.pageInfo.hasNextPage) {
    ({ data: { items } } = await client.query({ query: SOON, variables: { after: items.pageInfo.endCursor } }));
  }
  return client.readQuery({ query: SOON }).items.edges.map(({ node }) => node);
}

function show(items) {
  console.log(items.length === 0 ? 'Nothing has expired or does within two weeks.' : 'Expired, or within two weeks:');
  for (const { name, quantity, unit, location, daysLeft } of items) {
    const when = daysLeft < 0 ? `${-daysLeft} days ago` : daysLeft === 0 ? 'today' : `in ${daysLeft} days`;
    console.log(`  ${when.padEnd(14)} ${quantity} ${unit} ${name}${location ? ` (${location})` : ''}`);
  }
}

async function use(externalId, quantity) {
  const { data: { takeOut } } = await client.mutate({
    mutation: USE,
    variables: { key: randomUUID(), input: { externalId, quantity, outcome: 'USED' } },
  });
  if (takeOut.userErrors.length > 0) {
    throw new Error(takeOut.userErrors.map(error => error.message).join(' '));
  }
  console.log(`${takeOut.item.quantity} ${takeOut.item.unit} of ${takeOut.item.name} left`);
}

async function watch() {
  show(await soon());
  // What changes in bursts is read once.
  let waiting = null;
  client.subscribe({ query: CHANGED }).subscribe({
    next() {
      waiting ??= setTimeout(async () => {
        waiting = null;
        show(await soon());
      }, 200);
    },
    error(error) {
      console.error(error.message);
      process.exitCode = 1;
      end();
    },
  });
}

const [command, ...rest] = process.argv.slice(2);
if (command === undefined) {
  await watch();
} else {
  try {
    await (command === 'use' ? use(...rest) : soon().then(show));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
  await end();
}
