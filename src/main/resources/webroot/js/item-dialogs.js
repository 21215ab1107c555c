import { newKey } from './api.js';
import { byId, element, say } from './dom.js';
import { date, quantity } from './format.js';
import { clearErrors, decimal, decimalOrNull, onSubmit, textOrNull } from './form.js';
import { CREATE_ITEM, DELETE_ITEM, ITEM_TO_EDIT, LATEST_ACTIVITY, ONE_ITEM, TAKE_OUT, UNDO, UPDATE_ITEM } from './operations.js';

/**
 * Adding, editing, taking out and deleting, each in a dialog, and undoing it. `onChanged(id)` is called after each that
 * was done; `onFailure(error)` is told when an undo could not be asked for.
 */
export function createItemDialogs({ api, today, onChanged, onFailure }) {
  const editor = dialog('item-dialog');
  const takingOut = dialog('take-out-dialog');
  const deleting = dialog('delete-dialog');
  let item = null;
  // Whether the fields that a list does not know are there to be changed.
  let more = false;

  let last = null;

  function done({ dialog: open }, id, kind, message) {
    open.close();
    last = () => undo(id, kind);
    say(message, { word: 'Undo', act: () => undo(id, kind) });
    onChanged(id);
    return [];
  }

  /** Undoes the latest thing that happened to an item, if it is still what the person did. */
  async function undo(id, kind) {
    try {
      const { activities } = await api.request(LATEST_ACTIVITY, { subjectId: id });
      const [latest] = activities.nodes;
      if (latest?.kind !== kind) {
        say('It has changed again since, and stays as it is.');
        return;
      }
      const { undo: undone } = await api.request(UNDO, { input: { activityId: latest.id }, key: newKey() });
      say(undone.userErrors[0]?.message ?? 'Undone.');
      onChanged(id);
    } catch (error) {
      onFailure(error);
    }
  }

  /** On a stale version: takes over the new one, and says what it is, so that the person can decide. */
  async function explained(userErrors) {
    if (!userErrors.some(({ code }) => code === 'STALE_VERSION')) return userErrors;
    const now = (await api.request(ONE_ITEM, { id: item.id })).item;
    if (!now) return [{ field: [], message: 'It was deleted elsewhere meanwhile.' }];
    item = now;
    const until = now.expiryDate ? `, last day ${date(now.expiryDate, today())}` : ', without a date';
    return [{
      field: [],
      message: `It was changed elsewhere meanwhile: it is now “${now.name}”, ${quantity(now.quantity, now.unit)}${until}. Send again to change it all the same.`,
    }];
  }

  onSubmit(editor.form, async (fields) => {
    const input = {
      name: fields.name.value.trim(),
      quantity: decimal(fields.quantity),
      unit: fields.unit.value.trim(),
      expiryDate: textOrNull(fields.expiryDate),
      purchaseDate: textOrNull(fields.purchaseDate),
      categoryId: textOrNull(fields.categoryId),
      location: textOrNull(fields.location),
      costPrice: decimalOrNull(fields.costPrice),
      lotNumber: textOrNull(fields.lotNumber),
      barcode: textOrNull(fields.barcode),
      ...(more ? {
        description: textOrNull(fields.description),
        sellingPrice: decimalOrNull(fields.sellingPrice),
        leadDays: fields.leadDays.value.trim() === '' ? null : Number(fields.leadDays.value),
      } : {}),
    };
    if (item === null) {
      const { createItem } = await api.request(CREATE_ITEM, { input, key: editor.keyFor(input) });
      if (createItem.userErrors.length > 0) return createItem.userErrors;
      return done(editor, createItem.item.id, 'ITEM_CREATED', `${input.name} was added.`);
    }
    const changes = changedOnly(input, editor.before);
    const { updateItem } = await api.request(UPDATE_ITEM, {
      input: { id: item.id, expectedVersion: item.version, ...changes },
    });
    if (updateItem.userErrors.length > 0) return explained(updateItem.userErrors);
    return done(editor, item.id, 'ITEM_UPDATED', `${input.name} was changed.`);
  });

  onSubmit(takingOut.form, async (fields) => {
    const input = {
      itemId: item.id,
      quantity: decimal(fields.quantity),
      outcome: fields.outcome.value,
      note: textOrNull(fields.note),
      expectedVersion: item.version,
    };
    const { takeOut } = await api.request(TAKE_OUT, { input, key: takingOut.keyFor(input) });
    if (takeOut.userErrors.length > 0) return explained(takeOut.userErrors);
    const left = takeOut.item.usedUp ? 'nothing is left' : `${quantity(takeOut.item.quantity, takeOut.item.unit)} left`;
    return done(takingOut, item.id, 'ITEM_TAKEN_OUT', `${quantity(input.quantity, item.unit)} of ${item.name} taken out; ${left}.`);
  });

  onSubmit(deleting.form, async () => {
    const { deleteItem } = await api.request(DELETE_ITEM, { input: { id: item.id, expectedVersion: item.version } });
    if (deleteItem.userErrors.length > 0) return explained(deleteItem.userErrors);
    return done(deleting, item.id, 'ITEM_DELETED', `${item.name} was deleted.`);
  });

  function fill({ form }, values) {
    for (const [name, value] of Object.entries(values)) form.elements[name].value = value ?? '';
  }

  function openEditor(subject, title, submit, values) {
    item = subject;
    editor.open(title);
    editor.form.querySelector('[data-submit]').textContent = submit;
    fill(editor, values);
    editor.before = values;
    editor.keep();
    editor.form.elements[subject ? 'quantity' : 'name'].focus();
  }

  const MORE = ['description', 'sellingPrice', 'leadDays'];

  function offerMore(offered) {
    more = offered;
    for (const name of MORE) editor.form.elements[name].disabled = !offered;
    editor.form.querySelector('details').open = false;
  }

  /** Reads what the list does not know of an item, and lets it be changed too. */
  async function readMore(subject) {
    try {
      const found = (await api.request(ITEM_TO_EDIT, { id: subject.id })).item;
      if (!found || item?.id !== subject.id || !editor.dialog.open) return;
      const values = {
        description: found.description,
        sellingPrice: found.sellingPrice,
        leadDays: found.activities.nodes[0]?.stateAfter?.ownLeadDays ?? null,
      };
      const wasTyped = editor.isTyped();
      offerMore(true);
      fill(editor, values);
      Object.assign(editor.before, values);
      if (!wasTyped) editor.keep();
    } catch (error) {
      onFailure(error);
    }
  }

  return {
    add() {
      openEditor(null, 'Add an item', 'Add', { name: '', quantity: '1', unit: 'pcs' });
      offerMore(true);
      editor.keep();
    },

    edit(subject) {
      openEditor(subject, `Edit ${subject.name}`, 'Save', {
        name: subject.name,
        quantity: subject.quantity,
        unit: subject.unit,
        expiryDate: subject.expiryDate,
        purchaseDate: subject.purchaseDate,
        categoryId: subject.category?.id ?? null,
        location: subject.location,
        costPrice: subject.costPrice,
        lotNumber: subject.lotNumber,
        barcode: subject.barcode,
      });
      offerMore(false);
      editor.keep();
      readMore(subject);
    },

    takeOut(subject) {
      item = subject;
      takingOut.open(`Take out ${subject.name}`);
      byId('take-out-left').textContent = `of ${quantity(subject.quantity, subject.unit)}`;
      fill(takingOut, {
        quantity: subject.quantity,
        outcome: subject.status === 'EXPIRED' ? 'DISCARDED' : 'USED',
        note: '',
      });
      takingOut.keep();
      takingOut.form.elements.quantity.select();
    },

    remove(subject) {
      item = subject;
      deleting.open(`Delete ${subject.name}?`);
      deleting.keep();
    },

    /** Undoes what the person did last, if it can be; whether there was anything. */
    undoLast() {
      const action = last;
      last = null;
      action?.();
      return action !== null;
    },

    /** Whether an open dialog holds what would be lost. */
    holdsTyped: () => [editor, takingOut].some((each) => each.dialog.open && each.isTyped()),

    showCategories(categories) {
      const select = editor.form.elements.categoryId;
      const chosen = select.value;
      select.replaceChildren(element('option', { value: '' }, 'None'),
        ...categories.map(({ id, name }) => element('option', { value: id }, name)));
      select.value = chosen;
    },
  };
}

function dialog(id) {
  const node = byId(id);
  const form = node.querySelector('form');
  const title = node.querySelector('h2');
  const warning = node.querySelector('.discard');
  const keys = new Map();
  let kept = '';
  const content = () => JSON.stringify([...new FormData(form)]);
  const isTyped = () => content() !== kept;

  /** Closes the dialog; once something was typed, only when that is to be discarded. */
  function close() {
    if (!warning || !isTyped()) {
      node.close();
      return;
    }
    warning.hidden = false;
    warning.querySelector('[data-keep]').focus();
  }

  node.querySelector('[data-close]').addEventListener('click', close);
  // Not by `cancel`, which a browser sends once and then closes the dialog all the same.
  node.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.isComposing) {
      event.preventDefault();
      close();
    }
  });
  node.addEventListener('cancel', (event) => {
    event.preventDefault();
    close();
  });
  warning?.querySelector('[data-keep]').addEventListener('click', () => {
    warning.hidden = true;
    form.querySelector('input').focus();
  });
  warning?.querySelector('[data-discard]').addEventListener('click', () => node.close());
  return {
    dialog: node,
    form,
    isTyped,
    open(heading) {
      form.reset();
      clearErrors(form);
      keys.clear();
      if (warning) warning.hidden = true;
      title.textContent = heading;
      node.showModal();
    },
    /** What the form holds now is no work of the person's. */
    keep() {
      kept = content();
    },
    /** The same key for the same input while the dialog is open: sending again after a lost answer is safe. */
    keyFor(input) {
      const sent = JSON.stringify(input);
      if (!keys.has(sent)) keys.set(sent, newKey());
      return keys.get(sent);
    },
  };
}

function changedOnly(input, before) {
  return Object.fromEntries(Object.entries(input).filter(([name, value]) => value !== (before[name] ?? null)));
}
