// Asks for one item and for the stock as of two days, through the normalising caches of Apollo Client and urql: what a
// cache keeps of an object under its id must be true whatever else was asked. node caches.mjs URL ACCESS_TOKEN
import assert from 'node:assert/strict';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';

const [url, token] = process.argv.slice(2);
if (!token) {
  console.error('Usage: node caches.mjs URL ACCESS_TOKEN');
  process.exit(2);
}
const headers = { authorization: `Bearer ${token}` };

const apollo = () => {
  const client = new ApolloClient({
    link: new HttpLink({ uri: url, headers }),
    cache: new InMemoryCache({ possibleTypes: { Node: ['Item', 'Category'] } }),
  });
  const ask = async (fetchPolicy, query, variables) =>
    (await client.query({ query: gql(query), variables, fetchPolicy })).data;
  return {
    fetch: (query, variables) => ask('network-only', query, variables),
    cached: (query, variables) => client.readQuery({ query: gql(query), variables }),
    mutate: async (mutation, variables) => (await client.mutate({ mutation: gql(mutation), variables })).data,
  };
};

const urql = () => {
  const cache = cacheExchange({ logger: () => {} });
  const client = new Client({
    url,
    fetchOptions: { headers },
    preferGetMethod: false,
    exchanges: [cache, fetchExchange],
  });
  const done = ({ data, error }) => {
    assert.ifError(error);
    return data;
  };
  return {
    fetch: async (query, variables) => done(await client.query(query, variables, { requestPolicy: 'network-only' })),
    cached: async (query, variables) => done(await client.query(query, variables, { requestPolicy: 'cache-only' })),
    mutate: async (mutation, variables) => done(await client.mutation(mutation, variables)),
  };
};

const CREATE = `mutation ($input: CreateItemInput!) {
  createItem(input: $input) { item { id status daysLeft } userErrors { message } } }`;
const DELETE = `mutation ($input: DeleteItemInput!) { deleteItem(input: $input) { deletedId userErrors { message } } }`;
const ITEM = `query ($id: ID!) { item(id: $id) { id status daysLeft usedUp category { id itemCount } } }`;
const ON = `query ($id: ID!, $day: Date!) {
  item(id: $id) { id then: statusOn(date: $day) left: daysLeftOn(date: $day) } }`;
const LIST = `query ($search: String!, $day: Date) { items(asOf: $day, filter: { search: $search }) {
  totalCount nodes { id status daysLeft category { id itemCount items { nodes { id status } } } } } }`;
const EXPIRED = `query ($search: String!, $day: Date) {
  items(asOf: $day, filter: { search: $search, status: [EXPIRED] }) { nodes { id status daysLeft } } }`;
const INVENTORY = `query ($day: Date) { inventory(asOf: $day) {
  asOf total { count } byStatus { status count } byCategory { totalItems expiredItems category { id itemCount } } } }`;
const AT_RISK = `query ($day: Date) { atRisk(asOf: $day) { asOf items lots { quantity item { id status daysLeft } } } }`;

const dayAfter = (day, days) => new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
const plain = (data) => JSON.parse(JSON.stringify(data, (name, value) => (name === '__typename' ? undefined : value)));

for (const [name, open] of Object.entries({ 'Apollo Client': apollo, 'urql Graphcache': urql })) {
  const client = open();
  const { today } = (await client.fetch('{ caller { today } }', {})).caller;
  const day = dayAfter(today, 30);
  const search = `cached${Date.now()}`;
  const input = { name: search, expiryDate: dayAfter(today, 10), leadDays: 3, quantity: 5 };
  const { id } = (await client.mutate(CREATE, { input })).createItem.item;

  const asked = [
    [ITEM, { id }],
    [LIST, { search, day: null }],
    [INVENTORY, { day: null }],
    [AT_RISK, { day: null }],
    [LIST, { search, day }],
    [EXPIRED, { search, day }],
    [INVENTORY, { day }],
    [AT_RISK, { day }],
    [ON, { id, day }],
    [ON, { id, day: today }],
  ];
  const answers = [];
  for (const [query, variables] of asked) {
    answers.push(plain(await client.fetch(query, variables)));
  }

  assert.deepEqual(
    [answers[0].item.status, answers[0].item.daysLeft],
    ['ACTIVE', 10],
    'What the item is today',
  );
  assert.deepEqual(answers[5].items.nodes, [{ id, status: 'ACTIVE', daysLeft: 10 }], 'Selected as of the day');
  assert.deepEqual([answers[8].item.then, answers[8].item.left], ['EXPIRED', -20], 'What it is on the day');
  assert.notDeepEqual(answers[2].inventory.byStatus, answers[6].inventory.byStatus, 'The stock changes with the day');
  for (const [at, [query, variables]] of asked.entries()) {
    assert.deepEqual(plain(await client.cached(query, variables)), answers[at], `${name} keeps ${query}`);
  }
  await client.mutate(DELETE, { input: { id } });
  console.log(`ok  ${name}: nothing that was asked as of one day changes what is kept of another`);
}
