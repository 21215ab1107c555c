import { HERE } from './kept.js';

const FIRST_WAIT_MILLIS = 500;
const LONGEST_WAIT_MILLIS = 30_000;
const PING_EVERY_MILLIS = 20_000;
const ANSWER_WITHIN_MILLIS = 10_000;
const STABLE_AFTER_MILLIS = 5_000;
const REFUSED = new Set([4401, 4403]);
/** The server takes no further connection of this person, or of anybody. */
const TOO_MANY = 1013;

/**
 * What is live, over one connection for all tabs of a person in an inventory: the tab that holds the lock has it and hands
 * on what comes; when that tab is gone, the next one goes on from its own cursor. Where there are no locks, as at a plain
 * http address, each tab has a connection of its own.
 *
 * `api.token(refused)` authenticates; `shared` tells who, and in which inventory; `onState` is told how it is; `close()` ends it.
 * @param {{ api: Api; shared: string; subscriptions: Record<string, Live>; onState: (state: LiveState) => void }} options
 */
export function connectLive({ api, shared, subscriptions, onState }) {
  if (!navigator.locks) return connect({ api, subscriptions, onState });
  const name = `expiry-tracker.live ${shared}${HERE}`;
  const tabs = new BroadcastChannel(name);
  const closing = new AbortController();
  /** @type {Map<string, unknown>} */
  const latest = new Map();
  /** @type {LiveState} */
  let state = 'connecting';
  /** @type {{ close(): void } | null} */
  let connection = null;
  /** @type {((done: void) => void) | null} */
  let resign = null;

  tabs.onmessage = ({ data: { asks, tells, id, data } }) => {
    if (asks && connection) {
      tabs.postMessage({ tells: state });
      for (const [known, last] of latest) tabs.postMessage({ id: known, data: last });
    } else if (tells && !connection) {
      state = tells;
      onState(tells);
    } else if (id && !connection) {
      subscriptions[id]?.next(data);
    }
  };

  function lead() {
    const handingOn = Object.fromEntries(Object.entries(subscriptions).map(([id, subscription]) => [id, {
      ...subscription,
      /** @param {unknown} data */
      next(data) {
        // What holds everything is told again to whoever comes later; what happened is theirs from their own cursor on.
        if (!subscription.query.includes('$after')) latest.set(id, data);
        subscription.next(data);
        tabs.postMessage({ id, data });
      },
    }]));
    connection = connect({
      api,
      subscriptions: handingOn,
      /** @param {LiveState} next */
      onState(next) {
        state = next;
        onState(next);
        tabs.postMessage({ tells: next });
      },
    });
    return new Promise((resolve) => { resign = resolve; });
  }

  onState('connecting');
  navigator.locks.request(name, { signal: closing.signal }, lead).catch(() => {});
  tabs.postMessage({ asks: true });

  return {
    close() {
      closing.abort();
      connection?.close();
      resign?.();
      tabs.close();
    },
  };
}

/**
 * One WebSocket (protocol `graphql-transport-ws`) that keeps its subscriptions alive: it comes back after every loss,
 * waiting longer each time, and asks each subscription's variables anew, so that one with a cursor continues from it.
 * @param {{ api: Api; subscriptions: Record<string, Live>; onState: (state: LiveState) => void }} options
 */
function connect({ api, subscriptions, onState }) {
  const address = new URL('graphql', document.baseURI);
  address.protocol = address.protocol.replace('http', 'ws');
  /** @type {WebSocket | null} */
  let socket = null;
  let losses = 0;
  /** @type {string | undefined} */
  let token;
  /** @type {string | undefined} */
  let refused;
  let closed = false;
  /** @type {number | undefined} */
  let waiting;
  /** @type {number | undefined} */
  let pinging;
  /** @type {number | undefined} */
  let silence;
  /** @type {number | undefined} */
  let stable;

  async function open() {
    clearTimeout(waiting);
    waiting = undefined;
    try {
      token = await api.token(refused);
    } catch {
      if (!closed && api.hasSession()) again();
      return;
    }
    if (closed) return;
    const opened = new WebSocket(address, 'graphql-transport-ws');
    socket = opened;
    expectAnswer();
    opened.onopen = () => send({ type: 'connection_init', payload: { authorization: `Bearer ${token}`, ...api.acting() } });
    opened.onmessage = ({ data }) => { if (socket === opened) receive(JSON.parse(data)); };
    opened.onclose = ({ code }) => { if (socket === opened) lost(REFUSED.has(code), code === TOO_MANY); };
  }

  /** @param {object} message */
  const send = (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));

  /** @param {any} message */
  function receive(message) {
    clearTimeout(silence);
    switch (message.type) {
      case 'connection_ack':
        stable = setTimeout(() => { losses = 0; }, STABLE_AFTER_MILLIS);
        for (const [id, { query, variables }] of Object.entries(subscriptions)) {
          send({ id, type: 'subscribe', payload: { query, variables: variables() } });
        }
        pinging = setInterval(() => { send({ type: 'ping' }); expectAnswer(); }, PING_EVERY_MILLIS);
        onState('live');
        break;
      case 'ping':
        send({ type: 'pong' });
        break;
      case 'next':
        if (message.payload.data) subscriptions[message.id]?.next(message.payload.data);
        else lost(false);
        break;
      case 'error':
        lost(message.payload?.[0]?.extensions?.code === 'UNAUTHENTICATED');
        break;
      case 'complete':
        lost(false);
        break;
    }
  }

  /** A connection that says nothing when asked is as good as lost, though no one has closed it. */
  function expectAnswer() {
    clearTimeout(silence);
    silence = setTimeout(() => lost(false), ANSWER_WITHIN_MILLIS);
  }

  function drop() {
    const dropped = socket;
    socket = null;
    clearInterval(pinging);
    clearTimeout(silence);
    clearTimeout(stable);
    clearTimeout(waiting);
    waiting = undefined;
    dropped?.close(1000);
  }

  /**
   * @param {boolean} byRefusal
   * @param {boolean} [isTooMany]
   */
  function lost(byRefusal, isTooMany = false) {
    drop();
    if (closed) return;
    refused = byRefusal ? token : undefined;
    if (byRefusal && losses === 0) {
      // The token has run out, as it does every few minutes: no reason to worry anyone.
      losses = 1;
      open();
    } else {
      again(isTooMany);
    }
  }

  function again(isTooMany = false) {
    losses += 1;
    onState(isTooMany ? 'refused' : losses > 1 ? 'offline' : 'connecting');
    const longest = Math.min(FIRST_WAIT_MILLIS * 2 ** Math.min(losses - 1, 10), LONGEST_WAIT_MILLIS);
    // Spread over half the wait, so that the pages of a restarted server do not all return at once.
    waiting = setTimeout(open, longest * (0.5 + Math.random() / 2));
  }

  const atOnce = () => { if (waiting !== undefined) open(); };
  addEventListener('online', atOnce);
  const onVisible = () => { if (document.visibilityState === 'visible') atOnce(); };
  document.addEventListener('visibilitychange', onVisible);
  onState('connecting');
  open();

  return {
    close() {
      closed = true;
      removeEventListener('online', atOnce);
      document.removeEventListener('visibilitychange', onVisible);
      drop();
    },
  };
}
