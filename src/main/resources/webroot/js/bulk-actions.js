import { confirmed, element } from './dom.js';
import { OUTCOMES } from './format.js';
import { textOrNull } from './form.js';
import { n, t } from './words.js';

// Each asks what is to become of `items`, which are ids with versions, and promises whether it was done, by
// `send(kind, input, message, words)`, of which the words say what waits while it cannot be sent.

/** @param {BulkAction} bulk */
export async function takeOut({ items, send }) {
  const choices = OUTCOMES.map(([key, word]) => element('label', {},
    element('input', { type: 'radio', name: 'outcome', value: key, checked: key === 'USED' }), word));
  const words = n(items.length, 'Take out all of {count} item', 'Take out all of {count} items');
  const answer = await asked(words, t('Take out'),
    element('fieldset', { class: 'wide' }, element('legend', {}, t('What became of it?')), element('div', { class: 'choices' }, ...choices)),
    element('label', { class: 'wide' }, t('Note'), ' ', element('span', { class: 'hint' }, t('optional')), element('input', { name: 'note', maxlength: 500, autocomplete: 'off' })));
  if (!answer) return false;
  const takeOuts = items.map(({ id, expectedVersion }) => ({
    itemId: id, expectedVersion, outcome: answer.outcome.value, note: textOrNull(answer.note),
  }));
  return send('takeOutMany', { takeOuts }, n(takeOuts.length, '{count} item was taken out. The history can undo it.', '{count} items were taken out. The history can undo it.'), words);
}

/** @param {BulkAction} bulk */
export async function change({ items, categories, send }) {
  const words = n(items.length, 'Change {count} item', 'Change {count} items');
  const answer = await asked(words, t('Change'),
    element('p', { class: 'hint wide' }, t('What you leave empty stays as it is.')),
    element('label', {}, t('Category'), element('select', { name: 'category' }, element('option', { value: 'same' }, t('As it is')), element('option', { value: '' }, t('No category')),
      ...categories.map(({ id, name }) => element('option', { value: id }, name)))),
    element('label', {}, t('Place'), element('input', { name: 'location', maxlength: 200, autocomplete: 'off', list: 'places' })),
    element('label', {}, t('Last good day'), element('input', { name: 'expiryDate', type: 'date', min: '0001-01-01', max: '9999-12-31' })));
  if (!answer) return false;
  const changes = Object.fromEntries(['location', 'expiryDate'].map((name) => [name, textOrNull(answer[name])]).filter(([, word]) => word !== null));
  const message = n(items.length, '{count} item was changed. The history can undo it.', '{count} items were changed. The history can undo it.');
  const isChanged = Object.keys(changes).length > 0;
  const isMoved = answer.category.value !== 'same';
  if (!isMoved && !isChanged) return false;
  // A version that the first of two requests has raised would refuse the second.
  const wanted = isMoved && isChanged ? items.map(({ id }) => ({ id })) : items;
  return (!isChanged || await send('updateItems', { items: wanted.map((item) => ({ ...item, ...changes })) }, message, words))
    && (!isMoved || send('setCategoryOf', { items: wanted, categoryId: answer.category.value || null }, message, words));
}

/** @param {BulkAction} bulk */
export async function remove({ items, send }) {
  const title = n(items.length, 'Delete {count} item?', 'Delete {count} items?');
  const text = t('With their notifications. To record that they were used, sold or thrown away, take them out instead.');
  return await confirmed({ title, text, word: t('Delete') })
    && send('deleteItems', { items }, n(items.length, '{count} item was deleted. The history can undo it.', '{count} items were deleted. The history can undo it.'),
      n(items.length, 'Delete {count} item', 'Delete {count} items'));
}

/**
 * Asks in a dialog: a promise of the form's controls, or null.
 * @param {string} title
 * @param {string} word
 * @param {...Node} parts
 * @returns {Promise<Fields | null>}
 */
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
