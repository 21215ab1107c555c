// Asks by clients that send the hash of a document first, and the document itself only where it is not known; batches are
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

// The second time, and whatever client asks, the hash is enough. Of each run other documents.
const run = Date.now().toString(36);
const documents = [`query Name${run} { viewer { username } }`, `query Zone${run} { viewer { timeZone } }`];

for (const useGETForHashedQueries of [false, true]) {
  const { sent, fetch: counted } = counting();
  const client = new ApolloClient({
    link: new PersistedQueryLink({ sha256, useGETForHashedQueries }).concat(new HttpLink({ uri: url, headers, fetch: counted })),
    cache: new InMemoryCache(),
  });
  for (const text of [...documents, ...documents]) {
    const { data } = await client.query({ query: gql(text), fetchPolicy: 'no-cache' });
    assert.ok(data.viewer);
  }
  const method = useGETForHashedQueries ? 'GET' : 'POST';
  const first = useGETForHashedQueries ? [] : ['POST hash', 'POST document', 'POST hash', 'POST document'];
  assert.deepEqual(sent, [...first, ...Array(useGETForHashedQueries ? 4 : 2).fill(`${method} hash`)]);
  client.stop();
  console.log(`ok  Apollo's automatic persisted queries, hashes by ${method}: ${sent.join(', ')}`);
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
  const asked = preferGetForPersistedQueries ? 'urqlByGet' : 'urqlByPost';
  for (const query of Array(2).fill(`query ${asked}${run} { viewer { username } }`)) {
    const { data, error } = await client.query(query, {}, { requestPolicy: 'network-only' }).toPromise();
    assert.ok(data?.viewer, String(error));
  }
  const method = preferGetForPersistedQueries ? 'GET' : 'POST';
  assert.deepEqual(sent, [`${method} hash`, `${method} document`, `${method} hash`]);
  console.log(`ok  urql's automatic persisted queries: ${sent.join(', ')}`);
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
