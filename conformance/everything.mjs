// Has something of all happen that webhooks tell of, in the inventory of an account. Usage: node everything.mjs URL ACCESS_TOKEN
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ask, register } from './clients.mjs';

const [url, token] = process.argv.slice(2);
if (!token) {
  console.error('Usage: node everything.mjs URL ACCESS_TOKEN');
  process.exit(2);
}

async function mutate(name, selection, input, as = token) {
  const type = `${name[0].toUpperCase()}${name.slice(1)}Input!`;
  const data = await ask(url, `mutation ($input: ${type}) { ${name}(input: $input) { ${selection} userErrors { message } } }`, { input }, as);
  assert.deepEqual(data[name].userErrors, []);
  return data[name];
}

const { category } = await mutate('createCategory', 'category { id }', { name: `Dairy ${randomUUID()}` });
const { item } = await mutate('createItem', 'item { id }', {
  name: 'Milk', quantity: '2.5', unit: 'l', costPrice: '1.19', location: 'Fridge', barcode: '4006381333931', categoryId: category.id,
  externalId: randomUUID(), expiryDate: new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10),
});
await mutate('takeOut', 'item { id }', { itemId: item.id, quantity: 1, outcome: 'USED', note: 'tea' });
await mutate('generateReport', 'report { id }', {});

const { currentInventory } = await ask(url, '{ currentInventory { id } }', {}, token);
const { code } = await mutate('inviteMember', 'code', { inventoryId: currentInventory.id, role: 'VIEWER' });
const other = await register(url);
await mutate('acceptInvitation', 'inventory { id }', { code }, other.accessToken);
const { viewer } = await ask(url, '{ viewer { id } }', {}, other.accessToken);
await mutate('changeMemberRole', 'member { role }', { userId: viewer.id, role: 'EDITOR' });
