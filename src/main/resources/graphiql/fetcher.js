/* global GraphiQL */

const NOBODY = 'The documentation is for those who are signed in: log in to the dashboard, or give a token under Headers and read it again by the arrows at the lower left.';
const UNREACHABLE = 'The server cannot be reached. Try again in a moment.';
/** The server closes a connection so when a new token gets in again, or when none does. */
const REFUSED = new Set([4401, 4403]);

const address = new URL('graphql', document.baseURI);
const liveAddress = new URL(address);
liveAddress.protocol = address.protocol.replace('http', 'ws');

/** Asks the server what GraphiQL wants to know: subscriptions over WebSocket, all else over HTTP. */
export function createFetcher(session) {
  /** What is sent with a request: what was given, and for whom it is where that does not say so. */
  async function headersFor(given, refused) {
    const headers = Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]));
    if (headers.authorization) return { headers, used: null };
    const used = await session.token(refused);
    return { headers: used === null ? headers : { authorization: `Bearer ${used}`, ...session.acting(), ...headers }, used };
  }

  async function post(operation, given, refused) {
    const { headers, used } = await headersFor(given, refused);
    if (operation.operationName === 'IntrospectionQuery' && !headers.authorization) return { errors: [{ message: NOBODY }] };
    let response;
    try {
      response = await fetch(address, {
        method: 'POST',
        headers: { accept: 'application/graphql-response+json, application/json', 'content-type': 'application/json', ...headers },
        body: JSON.stringify(operation),
        credentials: 'omit',
      });
    } catch {
      throw new Error(UNREACHABLE);
    }
    if (response.status === 401 && used !== null && refused === undefined) return post(operation, given, used);
    return response.json();
  }

  /** The results of a subscription; it begins anew with a new token when the server ends the connection with the old one. */
  const follow = (operation, given) => ({
    subscribe(observer) {
      let socket = null;
      let isOver = false;

      function end(tell) {
        isOver = true;
        socket?.close(1000);
        tell?.();
      }

      async function open(refused) {
        let isAcknowledged = false;
        let used;
        let headers;
        try {
          ({ headers, used } = await headersFor(given, refused));
        } catch (failure) {
          end(() => observer.error(failure));
        }
        if (isOver) return;
        socket = new WebSocket(liveAddress, 'graphql-transport-ws');
        const send = (message) => socket.send(JSON.stringify(message));
        socket.onopen = () => send({ type: 'connection_init', payload: headers });
        socket.onmessage = ({ data }) => {
          const { type, payload } = JSON.parse(data);
          if (isOver) return;
          if (type === 'connection_ack') {
            isAcknowledged = true;
            send({ id: '1', type: 'subscribe', payload: operation });
          } else if (type === 'next') observer.next(payload);
          else if (type === 'error') end(() => observer.next({ errors: payload }) ?? observer.complete());
          else if (type === 'complete') end(() => observer.complete());
          else if (type === 'ping') send({ type: 'pong' });
        };
        socket.onclose = ({ code, reason }) => {
          if (isOver) return;
          if (REFUSED.has(code) && used !== null && (isAcknowledged || refused === undefined)) open(used);
          else end(() => observer.error(new Error(reason || UNREACHABLE)));
        };
      }

      open();
      return { unsubscribe: () => end() };
    },
  });

  return ({ query, variables, operationName }, { headers } = {}) => {
    const { getOperationAST, parse } = GraphiQL.GraphQL;
    const document = parse(query);
    // For a moment after another operation was opened, GraphiQL still names the one before.
    const asked = getOperationAST(document, operationName) ?? getOperationAST(document);
    const operation = { query, variables, operationName: asked?.name?.value };
    return asked?.operation === 'subscription' ? follow(operation, headers) : post(operation, headers);
  };
}
