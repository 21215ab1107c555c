import { newKey } from './api.js';
import { byId, confirmed, element, say } from './dom.js';
import { OUTCOMES } from './format.js';
import { textOrNull } from './form.js';
import { DELETE_ITEMS, SET_CATEGORY_OF, TAKE_OUT_MANY, UPDATE_ITEMS } from './operations.js';
import { addressOf } from './router.js';
import { n, t } from './words.js';

/** One request takes so many. */
const MOST = 1_000;

/**
 * What is done with several items of a list at once. `shown()` are those of the list, `onChosen()` is told when others are
 * chosen, `onChanged(ids)` when something was done.
 */
export function createBulk({ api, shown, categories, onChosen, onChanged, onFailure }) {
  const bar = byId('bulk');
  const figure = byId('bulk-count');
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

  /** Sends what is to be done with all that is chosen; whether it was done. */
  async function send(query, field, input, message) {
    const items = [...chosen.values()];
    try {
      const { userErrors } = (await api.request(query, { input, key: newKey() }))[field];
      if (userErrors.length > 0) {
        const [{ message: words, code, field: path }] = userErrors;
        const item = items[Number(path.find((part) => /^\d+$/.test(part)))];
        const reason = code === 'STALE_VERSION' ? t('it was changed elsewhere meanwhile.') : words;
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

  byId('bulk-take-out').addEventListener('click', async () => {
    const choices = OUTCOMES.map(([key, word]) => element('label', {},
      element('input', { type: 'radio', name: 'outcome', value: key, checked: key === 'USED' }), word));
    const answer = await asked(n(chosen.size, 'Take out all of {count} item', 'Take out all of {count} items'), t('Take out'),
      element('fieldset', { class: 'wide' }, element('legend', {}, t('What became of it?')), element('div', { class: 'choices' }, ...choices)),
      element('label', { class: 'wide' }, t('Note'), ' ', element('span', { class: 'hint' }, t('optional')), element('input', { name: 'note', maxlength: 500, autocomplete: 'off' })));
    if (!answer) return;
    const takeOuts = references().map(({ id, expectedVersion }) => ({
      itemId: id, expectedVersion, outcome: answer.outcome.value, note: textOrNull(answer.note),
    }));
    if (await send(TAKE_OUT_MANY, 'takeOutMany', { takeOuts }, n(takeOuts.length, '{count} item was taken out. The history can undo it.', '{count} items were taken out. The history can undo it.'))) clear();
  });

  byId('bulk-change').addEventListener('click', async () => {
    const answer = await asked(n(chosen.size, 'Change {count} item', 'Change {count} items'), t('Change'),
      element('p', { class: 'hint wide' }, t('What you leave empty stays as it is.')),
      element('label', {}, t('Category'), element('select', { name: 'category' }, element('option', { value: 'same' }, t('As it is')), element('option', { value: '' }, t('No category')),
        ...categories().map(({ id, name }) => element('option', { value: id }, name)))),
      element('label', {}, t('Place'), element('input', { name: 'location', maxlength: 200, autocomplete: 'off', list: 'places' })),
      element('label', {}, t('Last good day'), element('input', { name: 'expiryDate', type: 'date', min: '0001-01-01', max: '9999-12-31' })));
    if (!answer) return;
    const changes = Object.fromEntries(['location', 'expiryDate'].map((name) => [name, textOrNull(answer[name])]).filter(([, word]) => word !== null));
    const message = n(chosen.size, '{count} item was changed. The history can undo it.', '{count} items were changed. The history can undo it.');
    const isMoved = answer.category.value !== 'same';
    if (!isMoved && Object.keys(changes).length === 0) return;
    // A version that the first of two requests has raised would refuse the second.
    const items = isMoved && Object.keys(changes).length > 0 ? references().map(({ id }) => ({ id })) : references();
    const isDone = (Object.keys(changes).length === 0 || await send(UPDATE_ITEMS, 'updateItems', { items: items.map((item) => ({ ...item, ...changes })) }, message))
      && (!isMoved || await send(SET_CATEGORY_OF, 'setCategoryOf', { items, categoryId: answer.category.value || null }, message));
    if (isDone) clear();
  });

  byId('bulk-delete').addEventListener('click', async () => {
    const title = n(chosen.size, 'Delete {count} item?', 'Delete {count} items?');
    const text = t('With their notifications. To record that they were used, sold or thrown away, take them out instead.');
    if (!await confirmed({ title, text, word: t('Delete') })) return;
    const items = references();
    if (await send(DELETE_ITEMS, 'deleteItems', { items }, n(items.length, '{count} item was deleted. The history can undo it.', '{count} items were deleted. The history can undo it.'))) clear();
  });

  return {
    isChosen: (id) => chosen.has(id),
    clear,

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

/** Asks in a dialog: a promise of the form's controls, or null. */
export function asked(title, word, ...parts) {
  return new Promise((resolve) => {
    const form = element('form', { method: 'dialog', novalidate: true },
      element('h2', { id: 'bulk-title', class: 'wide' }, title), ...parts,
      element('div', { class: 'buttons wide' },
        element('button', { type: 'button', class: 'quiet', click: () => node.close() }, t('Cancel')),
        element('button', { class: 'primary' }, word)));
    const node = element('dialog', { id: 'bulk-dialog', 'aria-labelledby': 'bulk-title' }, form);
    const before = document.activeElement;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      node.close('yes');
    });
    node.addEventListener('close', () => {
      const controls = form.elements;
      node.remove();
      if (before?.isConnected) before.focus();
      resolve(node.returnValue === 'yes' ? controls : null);
    });
    document.body.append(node);
    node.showModal();
  });
}
