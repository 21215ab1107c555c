// Relay's compiler reads the schema, and Relay's store keeps what the server answers: views of one item on several days,
// pages of a connection, a refetch by Node, what mutations answer, a deletion. node relay.mjs URL ACCESS_TOKEN SCHEMA
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import relay from 'relay-runtime';

const [url, token, schema] = process.argv.slice(2);
if (!schema) {
  console.error('Usage: node relay.mjs URL ACCESS_TOKEN SCHEMA');
  process.exit(2);
}

const DOCUMENTS = {
  Today: `query relayTodayQuery { caller { today } }`,
  Create: `mutation relayCreateMutation($input: CreateItemInput!, $connections: [ID!]!) {
    createItem(input: $input) {
      item @appendNode(connections: $connections, edgeTypeName: "ItemEdge") { id name status daysLeft }
      userErrors { message } } }`,
  Update: `mutation relayUpdateMutation($input: UpdateItemInput!) {
    updateItem(input: $input) { item { id name status daysLeft version } userErrors { message } } }`,
  Delete: `mutation relayDeleteMutation($input: DeleteItemInput!, $connections: [ID!]!) {
    deleteItem(input: $input) {
      deletedId @deleteEdge(connections: $connections)
      deletedRecord: deletedId @deleteRecord
      userErrors { message } } }`,
  Item: `query relayItemQuery($id: ID!) { item(id: $id) { id name status daysLeft version category { id itemCount } } }`,
  On: `query relayOnQuery($id: ID!, $day: Date!) {
    item(id: $id) { id then: statusOn(date: $day) left: daysLeftOn(date: $day) } }`,
  Page: `query relayPageQuery($search: String!, $count: Int!, $cursor: String) {
    items(first: $count, after: $cursor, filter: { search: $search }) @connection(key: "relay_items") {
      edges { node { id name status } } pageInfo { hasNextPage endCursor } } }`,
  AsOf: `query relayAsOfQuery($search: String!, $day: Date) {
    items(asOf: $day, filter: { search: $search, status: [EXPIRED] }) { totalCount nodes { id status daysLeft } } }`,
  Inventory: `query relayInventoryQuery($day: Date) { inventory(asOf: $day) { asOf byStatus { status count } } }`,
  Node: `query relayNodeQuery($id: ID!) { node(id: $id) { id ... on Item { name status version } } }`,
};

const compiled = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'relay-'));
  try {
    mkdirSync(join(folder, 'src'));
    cpSync(schema, join(folder, 'schema.graphql'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const texts = Object.values(DOCUMENTS).map((text) => `graphql\`${text}\`;\n`);
    writeFileSync(join(folder, 'src', 'relay.js'), texts.join(''));
    const project = { schema: 'schema.graphql', language: 'javascript', output: 'src/made', eagerEsModules: true };
    writeFileSync(
      join(folder, 'relay.config.json'),
      JSON.stringify({ root: '.', sources: { src: 'expiry' }, projects: { expiry: project } }),
    );
    const compiler = fileURLToPath(import.meta.resolve('relay-compiler/cli.js'));
    execFileSync(process.execPath, [compiler, join(folder, 'relay.config.json')], { cwd: folder, stdio: 'pipe' });
    const requests = {};
    for (const [name, text] of Object.entries(DOCUMENTS)) {
      const file = `${/(relay\w+)/.exec(text)[1]}.graphql.js`;
      requests[name] = (await import(pathToFileURL(join(folder, 'src', 'made', file)))).default;
    }
    return requests;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const requests = await compiled();
const environment = new relay.Environment({
  network: relay.Network.create(async ({ text: query }, variables) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return answer.json();
  }),
  store: new relay.Store(new relay.RecordSource()),
});

const operation = (name, variables) => relay.createOperationDescriptor(requests[name], variables);
const ask = async (name, variables) => {
  const asked = operation(name, variables);
  environment.retain(asked);
  return relay.fetchQuery(environment, requests[name], variables, { fetchPolicy: 'network-only' }).toPromise();
};
const kept = (name, variables) => {
  const { isMissingData, data } = environment.lookup(operation(name, variables).fragment);
  assert.equal(isMissingData, false, `The store lacks something of ${name}`);
  return data;
};
const mutate = (name, variables) =>
  new Promise((resolve, reject) => {
    relay.commitMutation(environment, {
      mutation: requests[name],
      variables,
      onError: reject,
      onCompleted: (data, errors) => (errors ? reject(new Error(JSON.stringify(errors))) : resolve(data)),
    });
  });
const plain = (data) => JSON.parse(JSON.stringify(data));
const dayAfter = (day, days) => new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);

const { today } = (await ask('Today', {})).caller;
const day = dayAfter(today, 30);
const search = `relay${Date.now()}`;
const names = ['a', 'b', 'c'].map((letter) => `${search} ${letter}`);
const ids = [];
for (const name of names) {
  const input = { name, expiryDate: dayAfter(today, 10 + ids.length), leadDays: 3, quantity: 5 };
  ids.push((await mutate('Create', { input, connections: [] })).createItem.item.id);
}
const [first, second] = ids;

const asked = [
  ['Item', { id: first }],
  ['AsOf', { search, day }],
  ['Inventory', { day: null }],
  ['Inventory', { day }],
  ['On', { id: first, day }],
  ['On', { id: first, day: today }],
  ['AsOf', { search, day: null }],
];
const answers = [];
for (const [name, variables] of asked) {
  answers.push(plain(await ask(name, variables)));
}
assert.deepEqual([answers[0].item.status, answers[0].item.daysLeft], ['ACTIVE', 10]);
assert.deepEqual(answers[1].items.nodes[0], { id: first, status: 'ACTIVE', daysLeft: 10 });
assert.deepEqual([answers[4].item.then, answers[4].item.left], ['EXPIRED', -20]);
for (const [at, [name, variables]] of asked.entries()) {
  assert.deepEqual(plain(kept(name, variables)), answers[at], `The store keeps ${name}`);
}
console.log('ok  Relay: nothing that was asked as of one day changes what is kept of another');

const page = { search, count: 2, cursor: null };
const shown = () => kept('Page', page).items.edges.map(({ node }) => node.name);
const { endCursor, hasNextPage } = (await ask('Page', page)).items.pageInfo;
assert.equal(hasNextPage, true);
assert.deepEqual(shown(), names.slice(0, 2));
await ask('Page', { ...page, cursor: endCursor });
assert.deepEqual(shown(), names);
assert.equal(kept('Page', page).items.pageInfo.hasNextPage, false);
console.log('ok  Relay: the pages of a connection are one list');

const connections = [
  relay.ConnectionHandler.getConnectionID(relay.ROOT_ID, 'relay_items', { filter: { search } }),
];
const input = { name: `${search} d`, quantity: 1 };
const { item: added } = (await mutate('Create', { input, connections })).createItem;
assert.deepEqual(shown(), [...names, input.name]);
await mutate('Update', { input: { id: first, name: `${search} A`, expiryDate: dayAfter(today, 2) } });
assert.deepEqual(shown(), [`${search} A`, names[1], names[2], input.name]);
const { name, status, daysLeft } = kept('Item', { id: first }).item;
assert.deepEqual([name, status, daysLeft], [`${search} A`, 'EXPIRING_SOON', 2]);
console.log('ok  Relay: what a mutation answers is seen wherever the item is');

const elsewhere = await fetch(url, {
  method: 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  body: JSON.stringify({
    query: 'mutation ($input: UpdateItemInput!) { updateItem(input: $input) { userErrors { message } } }',
    variables: { input: { id: second, name: `${search} B` } },
  }),
});
assert.deepEqual((await elsewhere.json()).data.updateItem.userErrors, []);
await ask('Node', { id: second });
assert.equal(shown()[1], `${search} B`);
console.log('ok  Relay: a refetch by node(id:) is seen wherever the item is');

await mutate('Delete', { input: { id: first }, connections });
assert.deepEqual(shown(), [`${search} B`, names[2], input.name]);
assert.equal(kept('Item', { id: first }).item, null);
console.log('ok  Relay: what was deleted is gone from the store and its lists');

for (const id of [second, ids[2], added.id]) {
  await mutate('Delete', { input: { id }, connections });
}
assert.deepEqual(shown(), []);
