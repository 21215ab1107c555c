// How a client speaks with Expiry Tracker: a cache, retries, and live changes that go on where they stopped.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';
import { RetryLink } from '@apollo/client/link/retry';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { tap } from 'rxjs';
import WebSocket from 'ws';

const PASSING = ['UNAVAILABLE', 'LIMIT_REACHED'];

/** Whether the same request may succeed a little later. Every mutation here bears a key, so none is done twice. */
function mayPass(error) {
  if (CombinedGraphQLErrors.is(error)) {
    return error.errors.some(each => PASSING.includes(each.extensions?.code));
  }
  return !ServerError.is(error) || error.statusCode >= 500 || error.statusCode === 429;
}

/**
 * A client, and how to end it.
 *
 * @param address of the server, such as http://127.0.0.1:8080
 * @param token an API token
 */
export function connect(address, token) {
  const authorization = `Bearer ${token}`;
  const socket = createClient({
    url: `${address.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: Infinity,
    connectionParams: { authorization },
  });
  // The cursor of the last event goes with the next connection: nothing is missed meanwhile.
  const goOn = new ApolloLink((operation, forward) => forward(operation).pipe(tap(({ extensions }) => {
    if (extensions?.cursor) operation.variables.after = extensions.cursor;
  })));
  const client = new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      goOn.concat(new GraphQLWsLink(socket)),
      new RetryLink({ attempts: { max: 7, retryIf: mayPass } })
        .concat(new HttpLink({ uri: `${address}/graphql`, headers: { authorization } })),
    ),
    cache: new InMemoryCache({
      typePolicies: { Query: { fields: { items: relayStylePagination(['filter', 'orderBy', 'asOf']) } } },
    }),
  });
  return {
    client,
    async end() {
      client.stop();
      await socket.dispose();
    },
  };
}
