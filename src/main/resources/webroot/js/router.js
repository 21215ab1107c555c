import { newKey } from './api.js';

const PLACE = /^#\/([^?]*)(?:\?(.*))?$/;

/**
 * What an address names: the parts of its path and the query behind it. Whatever is no place names the overview.
 * @param {string} hash
 * @returns {Place}
 */
export function parse(hash) {
  const found = PLACE.exec(hash);
  const parts = (found?.[1] ?? '').split('/').filter((part) => part !== '').map(decoded);
  return { parts: parts.length > 0 ? parts : ['overview'], query: new URLSearchParams(found?.[2] ?? '') };
}

/**
 * The address of a place, such as `#/items?status=EXPIRED`; what is empty or null stays out of the query.
 * @param {string[]} parts
 * @param {URLSearchParams | Record<string, string | null | undefined>} [query]
 */
export function addressOf(parts, query = {}) {
  /** @type {[string, any][]} */
  const entries = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const words = new URLSearchParams(entries.filter(([, word]) => word !== '' && word !== null && word !== undefined));
  // Commas part several words of one, and need no escape in a fragment.
  const tail = words.toString().replaceAll('%2C', ',');
  return `#/${parts.map(encodeURIComponent).join('/')}${tail ? `?${tail}` : ''}`;
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * Follows the address. `onPlace(place, entry)` is called with what `parse` tells whenever another place is to be shown, and the
 * key of the browser's entry for it, which is the same when somebody comes back to it;
 * `mayLeave()` before that, and answers `true` or promises it: until then the place and its address stay.
 * @param {{ onPlace: (place: Place, entry: string | null) => void; mayLeave: () => true | Promise<boolean> }} options
 */
export function createRouter({ onPlace, mayLeave }) {
  /** @type {string | null} */
  let shown = null;
  let asking = false;
  /** @type {string | null} */
  let entry = null;

  async function follow() {
    const wanted = location.hash;
    if (wanted === shown || asking) return;
    const may = shown === null ? true : mayLeave();
    if (may !== true) {
      history.pushState({ entry }, '', shown || location.pathname + location.search);
      asking = true;
      const leaves = await may;
      asking = false;
      if (!leaves) return;
      history.replaceState(null, '', wanted);
    }
    shown = wanted;
    entry = history.state?.entry ?? newKey();
    history.replaceState({ entry }, '');
    onPlace(parse(wanted), entry);
  }

  addEventListener('hashchange', follow);

  return {
    start: follow,

    /** The key of the browser's entry for what is shown. */
    entry: () => entry,

    /** @param {string} address */
    go(address) {
      location.hash = address;
    },

    /**
     * Puts another query behind the place that is shown, which knows of it; as a step that Back takes back, or not.
     * @param {URLSearchParams} query
     * @param {boolean} isStep
     */
    rewrite(query, isStep) {
      const { parts } = parse(location.hash);
      const address = addressOf(parts, query);
      if (address === location.hash) return;
      if (isStep) entry = newKey();
      if (isStep) history.pushState({ entry }, '', address);
      else history.replaceState({ entry }, '', address);
      shown = location.hash;
    },

    stop() {
      removeEventListener('hashchange', follow);
    },
  };
}
