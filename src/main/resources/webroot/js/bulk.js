import { newKey } from './api.js';
import { byId, say } from './dom.js';
import { addressOf } from './router.js';
import { n, t } from './words.js';

/** One request takes so many. */
const MOST = 1_000;

/**
 * What is done with several items of a list at once. `shown()` are those of the list, `sendChange(…)` is that of the changes,
 * `onChosen()` is told when others are chosen, `onChanged(ids)` when something was done.
 * @param {BulkOptions} options
 */
export function createBulk({ sendChange, shown, categories, onChosen, onChanged, onFailure }) {
  const bar = byId('bulk');
  const figure = byId('bulk-count');
  /** @type {Map<string, Item>} */
  const chosen = new Map();

  function draw() {
    bar.hidden = chosen.size === 0;
    figure.textContent = n(chosen.size, '{count} item chosen', '{count} items chosen');
  }

  function clear() {
    // What vanishes must not take the focus with it.
    if (bar.contains(document.activeElement)) byId('items-title').focus();
    chosen.clear();
    draw();
    onChosen();
  }

  const references = () => [...chosen.values()].map(({ id, version }) => ({ id, expectedVersion: version }));

  /**
   * Sends what is to be done with all that is chosen; whether it was done, or is kept to be sent.
   * @param {ChangeKind} kind
   * @param {any} input
   * @param {string} message
   * @param {string} words
   */
  async function send(kind, input, message, words) {
    const items = [...chosen.values()];
    try {
      /** @type {any} */
      const payload = await sendChange(kind, input, newKey(), words);
      if (payload === null) {
        say(t('{change}: kept, and sent as soon as there is a connection.', { change: words }));
        return true;
      }
      /** @type {{ userErrors: Refusal[] }} */
      const { userErrors } = payload;
      if (userErrors.length > 0) {
        const [{ message: words, code, field: path }] = userErrors;
        const item = items[Number(path.find((part) => /^\d+$/.test(part)))];
        const reason = code === 'STALE_VERSION' ? t('It was changed elsewhere meanwhile.') : words;
        say(item ? t('Nothing was done. {name}: {reason}', { name: item.name, reason }) : t('Nothing was done. {reason}', { reason }));
        onChanged(items.map(({ id }) => id));
        return false;
      }
      say(message);
      onChanged(items.map(({ id }) => id));
      return true;
    } catch (error) {
      onFailure(error);
      return false;
    }
  }

  byId('bulk-all').addEventListener('click', () => {
    for (const item of shown().slice(0, MOST)) chosen.set(item.id, item);
    draw();
    onChosen();
  });
  byId('bulk-clear').addEventListener('click', clear);
  byId('bulk-labels').addEventListener('click', () => {
    location.hash = addressOf(['labels'], { ids: [...chosen.keys()].join(',') });
  });

  /**
   * Asks how, and does it; its code is loaded when it is wanted.
   * @param {'takeOut' | 'change' | 'remove'} what
   */
  async function act(what) {
    try {
      const actions = await import('./bulk-actions.js');
      if (await actions[what]({ items: references(), categories: categories(), send })) clear();
    } catch {
      say(t('This could not be loaded. Try again in a moment.'));
    }
  }

  byId('bulk-take-out').addEventListener('click', () => act('takeOut'));
  byId('bulk-change').addEventListener('click', () => act('change'));
  byId('bulk-delete').addEventListener('click', () => act('remove'));

  return {
    /** @param {string} id */
    isChosen: (id) => chosen.has(id),
    clear,

    /**
     * @param {Item} item
     * @param {boolean} isChosen
     */
    choose(item, isChosen) {
      if (isChosen) chosen.set(item.id, item);
      else chosen.delete(item.id);
      draw();
    },

    /** Takes over what the list shows now; what it shows no more is chosen no more. */
    refresh() {
      const now = new Map(shown().map((item) => [item.id, item]));
      for (const id of [...chosen.keys()]) {
        if (now.has(id)) chosen.set(id, now.get(id));
        else chosen.delete(id);
      }
      draw();
    },
  };
}
