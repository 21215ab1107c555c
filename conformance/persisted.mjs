// Asks by clients that send the hash of a document first: they fall back to the document by themselves, and batches are
// told what to do. Usage: node persisted.mjs URL ACCESS_TOKEN
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client as UrqlClient, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';

const [url, token] = process.argv.slice(2);
if (!token) {
  console.error('Usage: node persisted.mjs URL ACCESS_TOKEN');
  process.exit(2);
}
const headers = { authorization: `Bearer ${token}` };
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** Counts what is sent: whether each request had a document. */
function counting() {
  const sent = [];
  return {
    sent,
    fetch: (input, init = {}) => {
      const { searchParams } = new URL(input);
      sent.push(`${init.method ?? 'GET'} ${searchParams.has('query') || /"query":/.test(init.body ?? '') ? 'document' : 'hash'}`);
      return fetch(input, init);
    },
  };
}

for (const useGETForHashedQueries of [false, true]) {
  const { sent, fetch: counted } = counting();
  const client = new ApolloClient({
    link: new PersistedQueryLink({ sha256, useGETForHashedQueries }).concat(new HttpLink({ uri: url, headers, fetch: counted })),
    cache: new InMemoryCache(),
  });
  for (const query of [gql`{ viewer { username } }`, gql`query Zone { viewer { timeZone } }`]) {
    const { data } = await client.query({ query, fetchPolicy: 'no-cache' });
    assert.ok(data.viewer);
  }
  assert.equal(sent[0], `${useGETForHashedQueries ? 'GET' : 'POST'} hash`);
  assert.equal(sent.filter((request) => request.endsWith('hash')).length, 1, sent.join());
  client.stop();
  console.log(`ok  Apollo's persisted queries fall back, hashes by ${useGETForHashedQueries ? 'GET' : 'POST'}: ${sent.join(', ')}`);
}

for (const preferGetForPersistedQueries of [false, true]) {
  const { sent, fetch: counted } = counting();
  const client = new UrqlClient({
    url,
    preferGetMethod: false,
    fetch: counted,
    fetchOptions: { headers },
    exchanges: [persistedExchange({ preferGetForPersistedQueries, generateHash: async (text) => sha256(text) }), fetchExchange],
  });
  for (const query of ['{ viewer { username } }', 'query Zone { viewer { timeZone } }']) {
    const { data, error } = await client.query(query, {}).toPromise();
    assert.ok(data?.viewer, String(error));
  }
  assert.ok(sent[0].endsWith('hash'));
  assert.equal(sent.filter((request) => request.endsWith('hash')).length, 1, sent.join());
  console.log(`ok  urql's persisted queries fall back: ${sent.join(', ')}`);
}

const batching = new ApolloClient({
  link: new BatchHttpLink({ uri: url, headers, batchMax: 2, batchInterval: 5 }),
  cache: new InMemoryCache(),
});
await assert.rejects(
  () => batching.query({ query: gql`{ viewer { username } }` }),
  /HttpLink instead of BatchHttpLink/,
);
batching.stop();
console.log('ok  a batch is told to come in single requests');
process.exit(0);
