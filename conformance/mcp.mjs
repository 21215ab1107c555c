// The official client of the Model Context Protocol, as assistants use it: with the handshake of revision 2025-11-25, and
// without one as of 2026-07-28.
import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const [server, session] = process.argv.slice(2);

async function graphql(query) {
  const answer = await fetch(`${server}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${session}` },
    body: JSON.stringify({ query }),
  });
  return (await answer.json()).data;
}

const { createApiToken } = await graphql(
  'mutation { createApiToken(input: { name: "Assistant", scopes: [ITEMS_READ, ITEMS_WRITE, REPORTS_READ] }) { token } }');

for (const [mode, revision] of [['legacy', '2025-11-25'], ['auto', '2026-07-28']]) {
  const client = new Client({ name: 'conformance', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server}/mcp`), {
    requestInit: { headers: { authorization: `Bearer ${createApiToken.token}` } },
  }));
  assert.equal(client.getNegotiatedProtocolVersion(), revision);

  const { tools } = await client.listTools();
  assert.ok(tools.some(({ name }) => name === 'what_expires'));

  const name = `Assistant's tea ${revision}`;
  const input = { input: { name, expiryDate: '2031-01-31' }, idempotencyKey: `tea ${revision}` };
  const added = await client.callTool({ name: 'add_item', arguments: input });
  const again = await client.callTool({ name: 'add_item', arguments: input });
  assert.deepEqual(again.structuredContent, added.structuredContent);

  const found = await client.callTool({ name: 'find_items', arguments: { filter: { search: name } } });
  assert.equal(found.structuredContent.items.totalCount, 1);

  const itemId = added.structuredContent.createItem.item.id;
  await client.callTool({ name: 'take_out', arguments: { input: { itemId, outcome: 'USED' } } });

  const wrong = await client.callTool({ name: 'add_item', arguments: { input: { name: '' } } });
  assert.ok(wrong.isError);
  assert.match(wrong.content[0].text, /name must not be empty/);

  await graphql('mutation { generateReport(input: {}) { report { date } } }');
  const { contents } = await client.readResource({ uri: 'expiry://reports/latest' });
  assert.ok(JSON.parse(contents[0].text).totalItems > 0);
  await client.close();
  console.log(`${revision}: ${tools.length} tools`);
}
