import { isPassing, newKey } from './api.js';
import { byId, confirmed, element, focusHeading, say } from './dom.js';
import { stateInWords } from './format.js';
import { HERE } from './kept.js';
import { CREATE_ITEM, DELETE_ITEM, DELETE_ITEMS, ONE_ITEM, SET_CATEGORY_OF, TAKE_OUT, TAKE_OUT_MANY, UPDATE_ITEM, UPDATE_ITEMS } from './operations.js';
import { n, t } from './words.js';

const CHANNEL = `expiry-tracker.changes${HERE}`;
/**
 * What can be changed without a connection.
 * @type {Record<ChangeKind, Operation<any, any>>}
 */
const KINDS = {
  createItem: CREATE_ITEM, updateItem: UPDATE_ITEM, takeOut: TAKE_OUT, deleteItem: DELETE_ITEM,
  updateItems: UPDATE_ITEMS, setCategoryOf: SET_CATEGORY_OF, takeOutMany: TAKE_OUT_MANY, deleteItems: DELETE_ITEMS,
};
/** The server knows a key for a day; a little less, as clocks differ. */
const KEY_HOLDS_MILLIS = 23 * 3_600_000;
const RETRY_MILLIS = 20_000;
const UNSURE = t('It was sent long ago and never answered, so it may be there already. Look for it before you send it again.');

/**
 * Which items a change is about, each with the version that was seen; of one or of several.
 * @param {Change} change
 * @returns {Reference[]}
 */
const referencesOf = ({ input }) => input.items ?? input.takeOuts ?? [input];
/**
 * @param {Reference} reference
 * @returns {string | null}
 */
const idOf = ({ id, itemId }) => id ?? itemId ?? null;
/** @param {Change} change */
const isOfSeveral = ({ input }) => Boolean(input.items ?? input.takeOuts);
/**
 * The item of a change that is of no more than one; null also for a new one.
 * @param {Change} change
 */
const itemOf = (change) => isOfSeveral(change) ? null : idOf(change.input);
/** @param {Change} change */
const isWaiting = ({ why }) => why === null;

/**
 * What whoever stays signed in changes. Without a connection it is kept, through reloads and the end of the browser, and sent
 * in its order when there is one, each with the key that it was given first, so that nothing is done twice. What the server
 * refuses then, or somebody else has changed meanwhile, is shown until the person has decided.
 *
 * `onSent(id)` is told which item was changed, null for a new one; `onDrawn()` that other items wait.
 * @param {{ api: Api; today: () => string; person: () => string; inventory: () => CurrentInventory; onSent: (id: string | null) => void; onDrawn: () => void }} options
 */
export function createChanges({ api, today, person, inventory, onSent, onDrawn }) {
  const place = byId('changes');
  const title = place.querySelector('[role=status]');
  const rows = byId('changes-list');
  const tabs = new BroadcastChannel(CHANNEL);
  /** @type {Change[]} */
  let list = [];
  let sending = false;
  /** The latest try to send. */
  let attempt = Promise.resolve();
  let closed = false;
  /** @type {number | undefined} */
  let later;

  tabs.onmessage = load;

  async function load() {
    list = api.isStaying() ? await api.kept.changesOf(person()) : [];
    if (!closed) draw();
  }

  async function changed() {
    await load();
    tabs.postMessage(null);
  }

  /**
   * Sends a change and promises its payload; null when it is kept, to be sent later.
   * @template {ChangeKind} Kind
   * @param {Kind} kind
   * @param {ChangeInput<Kind>} input
   * @param {string} key
   * @param {string} words
   * @returns {Promise<ChangePayload<Kind> | null>}
   */
  async function send(kind, input, key, words) {
    let failure = null;
    if (!api.isStaying() || !list.some(isWaiting)) {
      try {
        return (await api.request(KINDS[kind], { input, key }))[kind];
      } catch (error) {
        if (!api.isStaying() || error.code !== 'UNREACHABLE') throw error;
        failure = error;
      }
    }
    const { id, name } = inventory();
    // It may have come to the server, and only the answer was lost.
    const triedAt = failure !== null && navigator.onLine ? Date.now() : null;
    try {
      await api.kept.putChange({ person: person(), inventory: id, where: name, kind, input, key, words, why: null, canSend: true, triedAt });
    } catch (full) {
      throw failure ?? full;
    }
    await changed();
    sendAll();
    return null;
  }

  /** Sends what waits, as far as it gets; one tab does it. */
  function sendAll() {
    if (!sending && !closed && list.some(isWaiting)) attempt = trySending();
    return attempt;
  }

  async function trySending() {
    sending = true;
    clearTimeout(later);
    try {
      if (navigator.locks) await navigator.locks.request(CHANNEL, { ifAvailable: true }, (lock) => lock && sendEach());
      else await sendEach();
    } finally {
      sending = false;
      if (!closed && list.some(isWaiting)) later = setTimeout(sendAll, RETRY_MILLIS);
    }
  }

  async function sendEach() {
    let sent = 0;
    await load();
    for (let next = list.find(isWaiting); next && !closed; next = list.find(isWaiting)) {
      try {
        if (await sendOne(next)) sent += 1;
      } catch {
        break;
      }
      await changed();
    }
    if (sent > 0 && !closed) say(n(sent, '{count} change was sent.', '{count} changes were sent.'));
  }

  /**
   * Whether a change was done; fails when that cannot be told now.
   * @param {Change} change
   */
  async function sendOne(change) {
    const { kind, input, key } = change;
    if (kind === 'createItem' && change.triedAt !== null && Date.now() - change.triedAt > KEY_HOLDS_MILLIS) {
      await api.kept.putChange({ ...change, why: UNSURE });
      return false;
    }
    if (change.triedAt === null && navigator.onLine) await api.kept.putChange({ ...change, triedAt: Date.now() });
    /** @type {any} */
    let payload;
    try {
      payload = (await api.request(KINDS[kind], { input, key }, change.inventory))[kind];
    } catch (error) {
      if (isPassing(error) || error.code === 'UNAUTHENTICATED') throw error;
      payload = { userErrors: [{ code: error.code, message: error.message }] };
    }
    if (payload.userErrors.length > 0) {
      await api.kept.putChange({ ...change, ...await refusal(change, payload.userErrors) });
      return false;
    }
    await api.kept.dropChange(change.id);
    // What the person did after it was meant for what came of it.
    const seen = new Map(referencesOf(change).map((reference) => [idOf(reference), reference.expectedVersion]));
    const now = versionsAfter(change, payload);
    /** @param {Reference} reference */
    const isMeant = (reference) => now.has(idOf(reference)) && reference.expectedVersion === seen.get(idOf(reference));
    for (const other of await api.kept.changesOf(person())) {
      if (!referencesOf(other).some(isMeant)) continue;
      await api.kept.putChange({ ...other, input: withVersions(other, (reference) => isMeant(reference) ? now.get(idOf(reference)) : reference.expectedVersion) });
    }
    onSent(itemOf(change) ?? payload.item?.id ?? null);
    return true;
  }

  /**
   * Why a change was not done, and whether it can be sent again, to which version.
   * @param {Change} change
   * @param {Refusal[]} userErrors
   */
  async function refusal(change, userErrors) {
    const why = userErrors.map(({ message }) => message).join(' ');
    const isStale = userErrors.some(({ code }) => code === 'STALE_VERSION');
    if (isOfSeveral(change)) return refusalOfSeveral(change, userErrors, isStale ? t('It was changed elsewhere meanwhile.') : why);
    if (!isStale && !userErrors.some(({ code }) => code === 'NOT_FOUND')) return { why, canSend: true };
    const id = itemOf(change);
    const now = id === null ? null : (await api.request(ONE_ITEM, { id }, change.inventory)).item;
    if (now === null) return { why: t('It was deleted elsewhere meanwhile.'), canSend: false };
    if (!isStale) return { why, canSend: true };
    return {
      why: t('It was changed elsewhere meanwhile: it is now {state}.', { state: stateInWords(now, today()) }),
      canSend: true,
      input: { ...change.input, expectedVersion: now.version },
    };
  }

  /** @param {Change} change */
  async function sendAgain(change) {
    await api.kept.putChange({ ...change, why: null, key: newKey(), triedAt: null });
    await changed();
    sendAll();
  }

  /** @param {Change} change */
  async function discard(change) {
    if (!await confirmed({ title: t('Discard this change?'), text: change.words, word: t('Discard'), keep: t('Keep') })) return;
    await api.kept.dropChange(change.id);
    await changed();
  }

  function draw() {
    const refused = list.filter((change) => !isWaiting(change));
    place.hidden = list.length === 0;
    const words = [
      refused.length > 0 ? n(refused.length, '{count} change was not taken: decide', '{count} changes were not taken: decide') : '',
      list.length > refused.length ? n(list.length - refused.length, '{count} change waits to be sent', '{count} changes wait to be sent') : '',
    ].filter(Boolean).join(' · ');
    if (title.textContent !== words) title.textContent = words;
    const focused = rows.contains(document.activeElement);
    rows.replaceChildren(...list.map((change) => {
      /**
       * @param {string} word
       * @param {(change: Change) => void} action
       * @param {string} style
       */
      const button = (word, action, style) => element('button', { type: 'button', class: style, click: () => action(change) },
        word, element('span', { class: 'hidden' }, ` ${change.words}`));
      return element('li', { class: isWaiting(change) ? null : 'refused' },
        element('div', {}, element('strong', {}, change.words),
          change.inventory === inventory()?.id ? null : element('span', { class: 'muted' }, ` ${t('in {inventory}', { inventory: change.where })}`),
          isWaiting(change) ? null : element('p', {}, change.why)),
        !isWaiting(change) && change.canSend ? button(t('Send it all the same'), sendAgain, 'small') : null,
        button(t('Discard'), discard, 'quiet small'));
    }));
    if (focused) (rows.querySelector('button') ?? { focus: focusHeading }).focus();
    onDrawn();
  }

  return {
    send,
    sendAll,
    load,
    count: () => list.length,

    /**
     * Whether something that was done to an item is not known to the server.
     * @param {string} id
     */
    touches: (id) => list.some((change) => referencesOf(change).some((reference) => idOf(reference) === id)),

    /**
     * Takes a change back that was never sent; promises whether it could.
     * @param {string} key
     */
    async takeBack(key) {
      await attempt;
      const change = list.find((each) => each.key === key);
      if (!change || change.triedAt !== null) return false;
      await api.kept.dropChange(change.id);
      await changed();
      return true;
    },

    close() {
      closed = true;
      clearTimeout(later);
      tabs.close();
    },
  };
}

/**
 * Sent again, those that are gone are left out, and no version is asked for any more.
 * @param {Change} change
 * @param {Refusal[]} userErrors
 * @param {string} why
 */
function refusalOfSeveral(change, userErrors, why) {
  const gone = new Set(userErrors.filter(({ code }) => code === 'NOT_FOUND').map(({ field }) => Number(field.find((part) => /^\d+$/.test(part)))));
  const [name, references] = Object.entries(withVersions(change, () => undefined)).find(([, value]) => Array.isArray(value)) ?? ['', []];
  const left = references.filter((/** @type {Reference} */ _, /** @type {number} */ at) => !gone.has(at));
  return { why, canSend: left.length > 0, input: { ...change.input, [name]: left } };
}

/**
 * The versions of items after a change, as far as its answer tells.
 * @param {Change} change
 * @param {{ item?: { id: string; version: number }; changedIds?: string[] }} payload
 * @returns {Map<string | null, number>}
 */
function versionsAfter(change, { item, changedIds }) {
  if (item) return new Map([[item.id, item.version]]);
  return new Map(referencesOf(change).flatMap((reference) => {
    const { expectedVersion } = reference;
    const id = idOf(reference);
    return expectedVersion === undefined || id === null || changedIds?.includes(id) === false ? [] : [[id, expectedVersion + 1]];
  }));
}

/**
 * The input of a change with other versions.
 * @param {Change} change
 * @param {(reference: Reference) => number | undefined} version
 */
function withVersions(change, version) {
  /** @param {Reference} reference */
  const renewed = (reference) => ({ ...reference, expectedVersion: version(reference) });
  const { items, takeOuts, ...rest } = change.input;
  if (items) return { ...rest, items: items.map(renewed) };
  return takeOuts ? { ...rest, takeOuts: takeOuts.map(renewed) } : renewed(change.input);
}
