import { HERE, createKept } from './kept.js';
import { AUTHENTICATION, READABLE_OFFLINE } from './operations.js';
import { isEnglish, t } from './words.js';

/**
 * What the server says, in the language of the page.
 * @type {Pick<typeof import('./errors.js'), 'inLanguage' | 'reasonOf'>}
 */
const { inLanguage, reasonOf } = isEnglish ? { inLanguage: (data) => data, reasonOf: (code, { message }) => message } : await import('./errors.js');

const STORED = `expiry-tracker.refresh-token${HERE}`;
/** In which inventory this tab acts; without it, in the person's own. */
const INVENTORY = `expiry-tracker.inventory${HERE}`;
/** Tells this browser to the server at the next login, and is worth nothing without the password; it outlives sessions. */
const DEVICE = `expiry-tracker.device-token${HERE}`;
const TELL_DEVICE = ['login', 'verifyTwoFactor'];
/** Whose session outlasts the tab, by a cookie that no script can read. */
const STAYING = `expiry-tracker.staying${HERE}`;
/** Whoever stayed has left, and the server has not been told yet. */
const LEFT = `expiry-tracker.left${HERE}`;
/**
 * Where a session begins that outlasts the tab.
 * @type {Record<string, string>}
 */
const STAYING_AT = { login: 'login', verifyTwoFactor: 'second-factor' };
const REFRESH_BEFORE_MILLIS = 60_000;
const RETRY_REFRESH_MILLIS = 5_000;
const REQUEST_MILLIS = 20_000;
const FIRST_WAIT_MILLIS = 1_000;
const LONGEST_WAIT_MILLIS = 30_000;
/** @type {Set<string | undefined>} */
const PASSING = new Set(['UNREACHABLE', 'UNAVAILABLE']);

/**
 * A request that was not executed, or failed. `code` is `extensions.code`, or `UNREACHABLE`; `retryAfter` in how many seconds
 * the same may be asked again, null when time changes nothing or nobody knows.
 */
export class ApiError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {number | null} [retryAfter]
   */
  constructor(code, message, retryAfter = null) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/**
 * Whether a failure passes by itself, so that whoever reads asks again.
 * @param {Failure} error
 */
export const isPassing = ({ code, retryAfter }) => PASSING.has(code) || Number.isFinite(retryAfter);

const ENDED = t('Your session has ended. Please log in again.');
const REPLACED = t('Somebody else has logged in in this browser. Please log in again.');
const UNREACHABLE = t('The server cannot be reached. Nothing is lost: try again in a moment.');

/**
 * The session and every request over HTTP. The access token lives in memory only; the refresh token in the tab's
 * session storage, so that a reload stays logged in and a closed tab does not; of whoever wants to stay signed in, in a cookie
 * that only the server reads. The device token of the last login stays in the browser, so that its person can log in even
 * while others guess their password.
 *
 * `onSignedOut(message)` tells that the session has ended, `onReachable(boolean)` whether the server answers, `onKept(at)` that
 * something is shown that was read then and is kept since.
 * @param {{ onSignedOut: (message: string | null) => void; onReachable: (isReachable: boolean) => void; onKept: (at: number) => void }} options
 * @returns {Api}
 */
export function createApi({ onSignedOut, onReachable, onKept }) {
  const kept = createKept();
  /** @type {any} */
  let session = null;
  /** @type {Promise<void> | null} */
  let refreshing = null;
  /** @type {number | undefined} */
  let timer;
  /** @type {Set<() => void>} */
  const waiting = new Set();
  /** For whom this tab acts by the browser's cookie, whoever logs in beside it; null when it has a session of its own. */
  let staying = sessionStorage.getItem(STORED) === null ? localStorage.getItem(STAYING) : null;

  /** Whoever waits to read again does so now. */
  function wake() {
    for (const resume of waiting) resume();
  }

  addEventListener('online', wake);

  /** @type {(milliseconds: number, isWaking: boolean) => Promise<void>} */
  const pause = (milliseconds, isWaking) => new Promise((resolve) => {
    const resume = () => {
      clearTimeout(over);
      waiting.delete(resume);
      resolve();
    };
    // Spread, so that all that waits does not come at one moment.
    const over = setTimeout(resume, milliseconds * (0.75 + Math.random() / 2));
    if (isWaking) waiting.add(resume);
  });

  // A duplicated tab has the same refresh token, which works only once: who uses it hands on what came of it.
  // So does the cookie, which all tabs have that stay signed in.
  const tabs = new BroadcastChannel(`expiry-tracker.session${HERE}`);
  tabs.onmessage = ({ data }) => {
    if (data.asks) lend(data);
    else if (data.spent && data.spent === sessionStorage.getItem(STORED)) keep(data.session);
    else if (staying === null) return;
    else if (data.stays === staying) keep(data.session);
    else if (data.stays) end(REPLACED);
    else if (data.left === staying) leaveTab();
  };

  const hasSession = () => staying !== null || sessionStorage.getItem(STORED) !== null;

  /** @param {Tokens} next */
  function keep(next) {
    session = next;
    if (next.refreshToken) {
      staying = null;
      sessionStorage.setItem(STORED, next.refreshToken);
    }
    const left = Date.parse(next.expiresAt) - Date.now();
    // Not at one moment in all tabs of the session: the token of one refresh must reach the others before theirs.
    refreshAfter(Math.max(left - REFRESH_BEFORE_MILLIS, left / 2, 1_000) * (0.9 + Math.random() / 10));
  }

  /** @param {number} milliseconds */
  function refreshAfter(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(() => refresh().catch(() => {
      if (hasSession()) refreshAfter(RETRY_REFRESH_MILLIS);
    }), milliseconds);
  }

  /**
   * GraphiQL in another tab asks for whoever is logged in here, but cannot go on without this tab.
   * @param {{ asks: string; refused?: string }} question
   */
  async function lend({ asks, refused }) {
    if (!hasSession()) return;
    try {
      await token(refused);
    } catch {
      return;
    }
    const { accessToken, expiresAt } = session;
    tabs.postMessage({ to: asks, lent: { accessToken, expiresAt }, inventory: sessionStorage.getItem(INVENTORY) });
  }

  /**
   * The session of a new person, or of the same, outlasts the tab.
   * @param {{ session: Tokens; viewer: { id: string } }} payload
   */
  function stay({ session: next, viewer }) {
    staying = viewer.id;
    sessionStorage.removeItem(STORED);
    localStorage.setItem(STAYING, staying);
    keep(next);
    tabs.postMessage({ stays: staying, session: next });
  }

  function forget() {
    session = null;
    // Of somebody who logged in after them, another tab knows.
    if (staying !== null && localStorage.getItem(STAYING) === staying) localStorage.removeItem(STAYING);
    staying = null;
    sessionStorage.removeItem(STORED);
    sessionStorage.removeItem(INVENTORY);
    clearTimeout(timer);
  }

  /**
   * The header that names the inventory.
   * @returns {Record<string, string>}
   */
  function acting(inventory = sessionStorage.getItem(INVENTORY)) {
    return inventory ? { 'expiry-inventory': inventory } : {};
  }

  /**
   * @param {string} query
   * @param {object} variables
   * @param {string} [token]
   * @param {string} [inventory]
   */
  const post = (query, variables, token, inventory) => send('graphql', { query, variables }, {
    accept: 'application/graphql-response+json, application/json',
    ...(token ? { authorization: `Bearer ${token}`, ...acting(inventory) } : {}),
  }, 'omit');

  /**
   * Does what begins, continues or ends a session that outlasts the tab.
   * @param {string} place
   * @param {object} [input]
   */
  const atCookie = (place, input = {}) => send(`session/${place}`, input, { 'expiry-session': 'cookie' }, 'same-origin');

  /**
   * @param {string} path
   * @param {object} body
   * @param {Record<string, string>} headers
   * @param {RequestCredentials} credentials
   * @returns {Promise<any>}
   */
  async function send(path, body, headers, credentials) {
    let answer;
    try {
      const response = await fetch(new URL(path, document.baseURI), {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        credentials,
        signal: AbortSignal.timeout(REQUEST_MILLIS),
      });
      answer = await response.json();
    } catch {
      onReachable(false);
      throw new ApiError('UNREACHABLE', UNREACHABLE);
    }
    const error = answer.errors?.[0];
    const code = error?.extensions?.code ?? 'INVALID';
    onReachable(!error || code !== 'UNAVAILABLE');
    if (!error) wake();
    if (error) throw new ApiError(code, code === 'UNAVAILABLE' ? UNREACHABLE : reasonOf(code, error), error.extensions?.retryAfter ?? null);
    return inLanguage(answer.data);
  }

  /** Gets new tokens; at most one exchange is under way. */
  function refresh() {
    refreshing ??= oneTabAtATime(exchange).finally(() => { refreshing = null; });
    return refreshing;
  }

  async function exchange() {
    const spent = sessionStorage.getItem(STORED);
    const by = staying;
    if (!spent && by === null) throw new ApiError('UNAUTHENTICATED', t('Please log in.'));
    /** @type {any} */
    let payload;
    try {
      payload = (by !== null ? await atCookie('refresh')
        : await post(AUTHENTICATION.refreshSession, { input: { refreshToken: spent } })).refreshSession;
    } catch (error) {
      if (error.code === 'UNAUTHENTICATED') end(ENDED);
      throw error;
    }
    if (!payload.session || (by !== null && payload.viewer.id !== by)) {
      end(payload.session ? REPLACED : ENDED);
      throw new ApiError('UNAUTHENTICATED', ENDED);
    }
    keep(payload.session);
    tabs.postMessage(by !== null ? { stays: by, session: payload.session } : { spent, session: payload.session });
  }

  /** @param {string} message */
  function end(message) {
    if (!hasSession()) return;
    // What they changed is sent when they are in again; what they read is not for whoever comes next.
    if (staying !== null) kept.forgetAnswers();
    forget();
    onSignedOut(message);
  }

  function leaveTab() {
    const person = staying;
    forget();
    if (person !== null) forgetKept(person);
    onSignedOut(null);
  }

  /** @param {string} person */
  async function forgetKept(person) {
    await kept.forgetAnswers();
    for (const { id } of await kept.changesOf(person)) await kept.dropChange(id);
  }

  /** Is out, where the session has ended already. */
  function leave() {
    if (staying !== null) {
      localStorage.setItem(LEFT, staying);
      tabs.postMessage({ left: staying });
    }
    leaveTab();
    return settleLeft();
  }

  /** Has the server end the session of whoever has left, and the browser forget its cookie; again later where it cannot. */
  async function settleLeft() {
    if (localStorage.getItem(LEFT) === null) return;
    try {
      await oneTabAtATime(async () => {
        if (localStorage.getItem(LEFT) !== null) await atCookie('logout');
        localStorage.removeItem(LEFT);
      });
    } catch {
      // The page asks again when the network is back, and when it is opened.
    }
  }

  addEventListener('online', settleLeft);
  settleLeft();

  /**
   * The access token: a new one when the current one is about to expire, or is the one that was refused.
   * @param {string} [refused]
   * @returns {Promise<string>}
   */
  async function token(refused) {
    if (!session || session.accessToken === refused || Date.parse(session.expiresAt) - Date.now() < 2_000) await refresh();
    return session.accessToken;
  }

  /**
   * Executes an operation in the session; in another inventory than the tab's where one is named.
   * @param {string} query
   * @param {object} [variables]
   * @param {string} [inventory]
   */
  const request = (query, variables = {}, inventory = undefined) =>
    withToken((used) => post(query, variables, used, inventory));

  /**
   * Does something with the access token; once more with a new one when it was refused.
   * @template Result
   * @param {(token: string) => Promise<Result>} action
   */
  async function withToken(action) {
    const used = await token();
    try {
      return await action(used);
    } catch (error) {
      if (error.code !== 'UNAUTHENTICATED') throw error;
      return action(await token(used));
    }
  }

  /**
   * What a request that was not a success was refused for.
   * @param {Response} response
   */
  async function refusal(response) {
    /** @type {GraphQLError | undefined} */
    let error;
    try {
      error = (await response.json()).errors?.[0];
    } catch {
      // Whoever answered is no server of ours.
    }
    return refused(error);
  }

  /** @param {GraphQLError | undefined} error */
  const refused = (error) => (error
    ? new ApiError(error.extensions?.code ?? 'INVALID', reasonOf(error.extensions?.code, error), error.extensions?.retryAfter ?? null)
    : new ApiError('UNREACHABLE', UNREACHABLE));

  /** @param {string} used */
  const authorization = (used) => ({ authorization: `Bearer ${used}`, ...acting() });

  /**
   * @param {string} path
   * @param {RequestInit} options
   */
  async function open(path, options) {
    try {
      return await fetch(new URL(path, document.baseURI), { credentials: 'omit', ...options });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new ApiError('UNREACHABLE', UNREACHABLE);
    }
  }

  /**
   * Each piece of an answer, as it comes.
   * @param {{ body: any }} response
   */
  async function* pieces({ body }) {
    const reader = body.getReader();
    try {
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new ApiError('UNREACHABLE', t('It broke off before all had come. Try again in a moment.'));
    }
  }

  /**
   * Sends a file to a path; promises what the server answers. `onProgress(part)` is told how much of it has gone, from 0
   * to 1; `signal` breaks it off, which fails with an `AbortError`.
   * @param {string} path
   * @param {File} file
   * @param {{ onProgress: (part: number) => void; signal: AbortSignal }} how
   * @returns {Promise<any>}
   */
  function upload(path, file, { onProgress, signal }) {
    return withToken((used) => new Promise((resolve, reject) => {
      // What fetch() sends it does not tell of.
      const request = new XMLHttpRequest();
      request.open('POST', new URL(path, document.baseURI));
      request.responseType = 'json';
      for (const [name, word] of Object.entries(authorization(used))) request.setRequestHeader(name, word);
      request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 1);
      request.onload = () => (request.status < 300 ? resolve(request.response) : reject(refused(request.response?.errors?.[0])));
      request.onerror = () => reject(new ApiError('UNREACHABLE', t('The file has not arrived as a whole. Try again in a moment; if that does not help, it is larger than this server takes.')));
      request.onabort = () => reject(new DOMException('', 'AbortError'));
      signal.addEventListener('abort', () => request.abort());
      request.send(file);
    }));
  }

  /**
   * Promises the file at a path; `onProgress(bytes)` is told how much of it has come, `signal` breaks it off.
   * @param {string} path
   * @param {{ onProgress: (bytes: number) => void; signal: AbortSignal }} how
   */
  function download(path, { onProgress, signal }) {
    return withToken(async (used) => {
      const response = await open(path, { headers: authorization(used), signal });
      if (!response.ok) throw await refusal(response);
      const parts = [];
      let bytes = 0;
      for await (const piece of pieces(response)) {
        parts.push(piece);
        bytes += piece.length;
        onProgress(bytes);
      }
      return new Blob(parts, { type: response.headers.get('content-type') ?? '' });
    });
  }

  /**
   * Calls `next(data)` with each result of a subscription, by an event stream of its own; done when it is over.
   * @param {string} query
   * @param {object} variables
   * @param {{ next: (answer: any) => void; signal: AbortSignal }} how
   */
  function follow(query, variables, { next, signal }) {
    return withToken(async (used) => {
      const response = await open('graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...authorization(used) },
        body: JSON.stringify({ query, variables }),
        signal,
      });
      if (!response.ok) throw await refusal(response);
      const decoder = new TextDecoder();
      let text = '';
      for await (const piece of pieces(response)) {
        const events = (text + decoder.decode(piece, { stream: true })).split('\n\n');
        text = events.pop() ?? '';
        for (const event of events) {
          if (event.startsWith('event: complete')) return;
          if (!event.startsWith('event: next')) continue;
          const { data, errors } = JSON.parse(event.slice(event.indexOf('data: ') + 6));
          if (errors) throw refused(errors[0]);
          next(data);
        }
      }
    });
  }

  const owner = () => `${staying} ${sessionStorage.getItem(INVENTORY) ?? ''}`;

  /**
   * Keeps something for when there is no connection, of whoever stays signed in.
   * @param {string} question
   * @param {unknown} data
   */
  function keepAnswer(question, data) {
    if (staying !== null) kept.keep(owner(), question, data);
  }

  /**
   * Promises what was kept of a question, and tells that it is shown; null when nothing was.
   * @param {string} question
   */
  async function findAnswer(question) {
    const found = staying === null ? null : await kept.find(owner(), question);
    if (found) onKept(found.at);
    return found?.data ?? null;
  }

  /**
   * Reads until it is answered: what failed in passing is asked again, later and later, and at once when the network is
   * back. Null when `isWanted()` denies it meanwhile; `onWaiting(error)` is told of each failure, and `onOld(answer)` of
   * what was answered last, where that is readable without a connection.
   * @param {string} query
   * @param {object} [variables]
   * @param {How<any>} [how]
   */
  async function read(query, variables = {}, { isWanted = () => true, onWaiting = () => {}, onOld = null } = {}) {
    const question = JSON.stringify([query, variables]);
    const isKept = onOld && READABLE_OFFLINE.has(query);
    let asksKept = isKept;
    for (let wait = FIRST_WAIT_MILLIS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MILLIS)) {
      let least = 0;
      try {
        const answer = await request(query, variables);
        if (isKept) keepAnswer(question, answer);
        return answer;
      } catch (error) {
        if (!isPassing(error) || !isWanted()) throw error;
        onWaiting(error);
        if (asksKept) {
          asksKept = false;
          const old = await findAnswer(question);
          if (old !== null && isWanted()) onOld?.(old);
        }
        least = (error.retryAfter ?? 0) * 1_000;
      }
      await pause(Math.max(wait, least), least === 0);
      if (!isWanted()) return null;
    }
  }

  return {
    token,
    request,
    read,
    upload,
    download,
    follow,
    wake,
    hasSession,
    /** Whether the session outlasts the tab. */
    isStaying: () => staying !== null,
    kept,
    keepAnswer,
    findAnswer,
    acting,

    /** Acts in another inventory from now on; null for the person's own. */
    actIn(inventory) {
      if (inventory === null) sessionStorage.removeItem(INVENTORY);
      else sessionStorage.setItem(INVENTORY, inventory);
    },

    /**
     * Executes what needs no session, such as `login`; a session in the answer becomes the current one, of this tab or, when
     * `stays`, of the browser.
     */
    async authenticate(field, input, stays = false) {
      const whole = { ...input, ...(TELL_DEVICE.includes(field) ? { deviceToken: localStorage.getItem(DEVICE) } : {}) };
      let payload;
      if (stays) {
        payload = await oneTabAtATime(async () => {
          const found = (await atCookie(STAYING_AT[field], whole))[field];
          // The cookie is theirs from now on.
          if (found.session) localStorage.removeItem(LEFT);
          return found;
        });
      } else {
        payload = (await post(AUTHENTICATION[field], { input: whole }))[field];
      }
      if (payload.session) {
        if (stays) stay(payload);
        else keep(payload.session);
      }
      if (payload.deviceToken) localStorage.setItem(DEVICE, payload.deviceToken);
      return payload;
    },

    async logout() {
      if (staying === null) {
        try {
          if (session) await post(AUTHENTICATION.logout, { input: {} }, session.accessToken);
        } catch {
          // The person wants to be out here in any case; the session runs out by itself.
        }
      }
      await leave();
    },

    leave,
  };
}

/**
 * @template Result
 * @param {() => Result} action
 */
function oneTabAtATime(action) {
  // Locks exist only in a secure context; a plain http address on a home network has none.
  return navigator.locks ? navigator.locks.request(`expiry-tracker.refresh${HERE}`, action) : action();
}

/** A key for `@idempotent`. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
