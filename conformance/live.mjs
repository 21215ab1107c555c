// Subscribes with the usual clients, as docs/live.md says, over the end of an access token: each connects again by itself,
// with a new token, and sees every change once. Usage: node live.mjs URL KEY_FILE (the server's access-token-key)
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { ApolloClient, ApolloLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client as UrqlClient, subscriptionExchange } from '@urql/core';
import { EventSource } from 'eventsource';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { createClient as createClient5 } from 'graphql-ws-5';
import { tap } from 'rxjs';
import WebSocket from 'ws';
import { createItem, endingIn, refresh, register } from './clients.mjs';

const [url, keyFile] = process.argv.slice(2);
if (!keyFile) {
  console.error('Usage: node live.mjs URL KEY_FILE');
  process.exit(2);
}
const socketUrl = url.replace(/^http/, 'ws');
const QUERY = 'subscription ($after: String) { itemChanged(after: $after) { item { name } } }';
const TOKEN_SECONDS = 2;
const PATIENCE_MILLIS = 30_000;

/** An account whose client has an access token that ends soon, and exchanges it when it has. */
async function account() {
  const opened = await register(url);
  let session = endingIn(TOKEN_SECONDS, opened, keyFile);
  let ended = false;
  const known = {
    /** For whoever writes: it outlasts the test. */
    writer: opened.accessToken,
    connections: 0,
    renewals: 0,
    /** The server says that the token has ended: the clock here may be slow. */
    end() { ended = true; },
    async token() {
      known.connections += 1;
      if (ended || Date.parse(session.expiresAt) <= Date.now()) {
        session = await refresh(url, session);
        ended = false;
        known.renewals += 1;
      }
      return session.accessToken;
    },
  };
  return known;
}

const socketOptions = (known) => ({
  url: socketUrl,
  webSocketImpl: WebSocket,
  retryAttempts: Infinity,
  retryWait: () => pause(100),
  connectionParams: async () => ({ authorization: `Bearer ${await known.token()}` }),
  on: { closed: ({ code }) => { if (code === 4403) known.end(); } },
});

/** Subscribes by a client of graphql-ws: it sends the payload anew each time it connects, so its cursor is kept up to date. */
function bySocket(client, onName, fail) {
  const payload = { query: QUERY, variables: { after: '0' } };
  client.subscribe(payload, {
    next({ data, extensions }) {
      payload.variables.after = extensions.cursor;
      onName(data.itemChanged.item.name);
    },
    error: fail,
    complete: () => fail(new Error('completed')),
  });
  return () => client.dispose();
}

const clients = {
  'graphql-ws 6': (known, onName, fail) => bySocket(createClient(socketOptions(known)), onName, fail),
  'graphql-ws 5': (known, onName, fail) => bySocket(createClient5(socketOptions(known)), onName, fail),

  'Apollo Client, GraphQLWsLink': (known, onName, fail) => {
    const socket = createClient(socketOptions(known));
    // Between the client and its socket: what is sent again when the socket connects again goes on where it was.
    const goOn = new ApolloLink((operation, forward) => forward(operation).pipe(tap(({ extensions }) => {
      if (extensions?.cursor) operation.variables.after = extensions.cursor;
    })));
    const client = new ApolloClient({ link: goOn.concat(new GraphQLWsLink(socket)), cache: new InMemoryCache() });
    client.subscribe({ query: gql(QUERY), variables: { after: '0' }, fetchPolicy: 'no-cache' }).subscribe({
      next: ({ data }) => onName(data.itemChanged.item.name),
      error: fail,
      complete: () => fail(new Error('completed')),
    });
    return () => { client.stop(); socket.dispose(); };
  },

  'urql, subscriptionExchange': (known, onName, fail) => {
    const socket = createClient(socketOptions(known));
    const client = new UrqlClient({
      url,
      preferGetMethod: false,
      exchanges: [subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe(sink) {
            const payload = { query, variables: { ...variables } };
            const unsubscribe = socket.subscribe(payload, {
              ...sink,
              next(result) {
                payload.variables.after = result.extensions?.cursor ?? payload.variables.after;
                sink.next(result);
              },
            });
            return { unsubscribe };
          },
        }),
      })],
    });
    const { unsubscribe } = client.subscription(QUERY, { after: '0' }).subscribe(({ data, error }) => {
      if (error) fail(error);
      else onName(data.itemChanged.item.name);
    });
    return () => { unsubscribe(); socket.dispose(); };
  },

  'graphql-sse': (known, onName, fail) => {
    let last;
    const client = createSseClient({
      url,
      retryAttempts: Infinity,
      retry: () => pause(100),
      headers: async () => ({
        authorization: `Bearer ${await known.token()}`,
        ...(last ? { 'last-event-id': last } : {}),
      }),
    });
    client.subscribe({ query: QUERY, variables: { after: '0' } }, {
      next({ data, extensions }) {
        last = extensions.cursor;
        onName(data.itemChanged.item.name);
      },
      error: fail,
      complete: () => fail(new Error('completed')),
    });
    return () => client.dispose();
  },

  EventSource: (known, onName, fail) => {
    const address = `${url}?query=${encodeURIComponent(QUERY)}&variables=${encodeURIComponent('{"after":"0"}')}`;
    const source = new EventSource(address, {
      // It sends Last-Event-ID by itself when it connects again; browsers' own one cannot send a token, this one can.
      fetch: async (input, init) =>
        fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${await known.token()}` } }),
    });
    source.addEventListener('next', ({ data }) => onName(JSON.parse(data).data.itemChanged.item.name));
    source.addEventListener('complete', () => fail(new Error('completed')));
    source.addEventListener('error', () => { if (source.readyState === EventSource.CLOSED) fail(new Error('given up')); });
    return () => source.close();
  },
};

async function overTheEndOfItsToken(name, connect) {
  const known = await account();
  const created = [];
  const seen = [];
  let failure;
  const disconnect = connect(known, (item) => seen.push(item), (error) => { failure ??= error; });
  const started = Date.now();
  const alive = () => {
    if (failure) throw new Error(`${name}: gave up`, { cause: failure });
    assert.ok(Date.now() - started < PATIENCE_MILLIS, `${name}: saw ${seen.length} of ${created.length}, renewed ${known.renewals} times`);
  };
  const write = async () => {
    const item = `${name} ${created.length}`;
    created.push(item);
    await createItem(url, known.writer, item);
    alive();
  };
  for (let item = 0; item < 5; item += 1) await write();
  while (known.renewals === 0) await write().then(() => pause(50));
  for (let item = 0; item < 5; item += 1) await write();
  while (seen.length < created.length) {
    alive();
    await pause(20);
  }
  disconnect();
  assert.deepEqual(seen, created, name);
  assert.ok(known.connections >= 2, `${name}: connected ${known.connections} times`);
  console.log(`ok  ${name}: ${created.length} changes, each once, over the end of its token`);
}

await Promise.all(Object.entries(clients).map(([name, connect]) => overTheEndOfItsToken(name, connect)));

/** How a client of graphql-ws that would try for ever fares with one token, and how often it connects. */
async function withOnly(create, token, retryAttempts) {
  let connections = 0;
  const client = create({
    url: socketUrl,
    webSocketImpl: WebSocket,
    retryAttempts,
    retryWait: () => pause(10),
    connectionParams: () => { connections += 1; return { authorization: token }; },
  });
  const { code } = await client.iterate({ query: '{ viewer { username } }' }).next().then(
    () => assert.fail('A bad token was taken'),
    (event) => event,
  );
  client.dispose();
  return { code, connections };
}

const expired = endingIn(-5, await register(url), keyFile).accessToken;
for (const [name, create] of [['graphql-ws 6', createClient], ['graphql-ws 5', createClient5]]) {
  assert.deepEqual(await withOnly(create, 'forged', Infinity), { code: 4401, connections: 1 });
  assert.deepEqual(await withOnly(create, expired, 2), { code: 4403, connections: 3 });
  console.log(`ok  ${name}: a wrong token ends it at once, an expired one is tried anew as often as it is told to`);
}
process.exit(0);
