import { newKey } from './api.js';
import { byId, debounced, element, say } from './dom.js';
import { dayFromWords } from './day-words.js';
import { date, decimalText, fullDate, labelled, quantity, stateInWords } from './format.js';
import { clearErrors, decimal, decimalOrNull, onSubmit, textOrNull } from './form.js';
import { ITEM_TO_EDIT, LATEST_ACTIVITY, ONE_ITEM, STOCK_BY_PLACE, SUGGESTIONS, UNDO } from './operations.js';
import { createProductChoice } from './product-choice.js';
import { listed, t } from './words.js';

/** What a new item is at first. */
const FRESH = { name: '', quantity: '1', unit: t('pcs') };
/** What a code tells of one thing, whatever was there before. */
const CODED = ['barcode', 'lotNumber', 'expiryDate'];
/**
 * What is taken over from an item of the same name.
 * @type {('location' | 'costPrice')[]}
 */
const COPIED = ['location', 'costPrice'];
const SHORT_HINT = t('+3d, 2w, 31.12, 12/26');
/** Offered before any is known of the inventory. */
const UNITS = [t('pcs'), 'kg', 'g', 'l', 'ml', t('boxes'), t('packs')];
/** @param {object} values */
const withoutNothing = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined));

/**
 * Adding, editing, taking out and deleting, each in a dialog, and undoing it. `onChanged(id)` is called after each that
 * was done; `onFailure(error)` is told when an undo could not be asked for; `changes` sends what was changed, or keeps it until it
 * can be sent.
 * @param {{ api: Api; changes: ReturnType<typeof import('./changes.js').createChanges>; today: () => string; onChanged: (id: string) => void; onFailure: (error: Failure) => void }} options
 */
export function createItemDialogs({ api, changes, today, onChanged, onFailure }) {
  const editor = dialog('item-dialog');
  const takingOut = dialog('take-out-dialog');
  const deleting = dialog('delete-dialog');
  /** @type {any} */
  let item = null;
  // Whether the fields that a list does not know are there to be changed.
  let more = false;

  /** @type {(() => void) | null} */
  let last = null;

  /**
   * @param {ItemDialog} open
   * @param {string} id
   * @param {Schema.ActivityKind} kind
   * @param {string} message
   * @returns {Refusal[]}
   */
  function done({ dialog: open }, id, kind, message) {
    open.close();
    last = () => undo(id, kind);
    say(message, { word: t('Undo'), act: () => undo(id, kind) });
    onChanged(id);
    return [];
  }

  /**
   * What was done is not sent yet, and is undone by not sending it.
   * @param {ItemDialog} open
   * @param {string} words
   * @param {string} key
   * @returns {Refusal[]}
   */
  function kept({ dialog: open }, words, key) {
    open.close();
    last = async () => {
      say(await changes.takeBack(key) ? t('Undone.') : t('It may be on its way already, and stays as it is.'));
    };
    say(t('{change}: kept, and sent as soon as there is a connection.', { change: words }), { word: t('Undo'), act: last });
    return [];
  }

  /**
   * Undoes the latest thing that happened to an item, if it is still what the person did.
   * @param {string} id
   * @param {Schema.ActivityKind} kind
   */
  async function undo(id, kind) {
    try {
      const { activities } = await api.request(LATEST_ACTIVITY, { subjectId: id });
      const [latest] = activities.nodes;
      if (latest?.kind !== kind) {
        say(t('It has changed again since, and stays as it is.'));
        return;
      }
      const { undo: undone } = await api.request(UNDO, { input: { activityId: latest.id }, key: newKey() });
      say(undone.userErrors[0]?.message ?? t('Undone.'));
      onChanged(id);
    } catch (error) {
      onFailure(error);
    }
  }

  /**
   * On a stale version: takes over the new one, and says what it is, so that the person can decide.
   * @param {Refusal[]} userErrors
   * @returns {Promise<Refusal[]>}
   */
  async function explained(userErrors) {
    if (!userErrors.some(({ code }) => code === 'STALE_VERSION')) return userErrors;
    const now = (await api.request(ONE_ITEM, { id: item.id })).item;
    if (!now) return [{ field: [], message: t('It was deleted elsewhere meanwhile.') }];
    item = now;
    return [{
      field: [],
      message: t('It was changed elsewhere meanwhile: it is now {state}. Send again to change it all the same.', { state: stateInWords(now, today()) }),
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
        productId: textOrNull(fields.productId),
      } : {}),
    };
    if (item === null) {
      const words = t('Add {name}, {quantity}', { name: input.name, quantity: quantity(input.quantity, input.unit) });
      const key = editor.keyFor(input);
      const createItem = await changes.send('createItem', input, key, words);
      if (createItem === null) return fields.another.checked ? anotherForm(input) : kept(editor, words, key);
      if (!createItem.item) return createItem.userErrors;
      if (fields.another.checked) return another(createItem.item.id, input);
      return done(editor, createItem.item.id, 'ITEM_CREATED', t('{name} was added.', { name: input.name }));
    }
    const changed = changedOnly(input, editor.before);
    const sent = { id: item.id, expectedVersion: item.version, ...changed };
    const words = t('Change {name}: {changes}', { name: item.name, changes: inWords(changed, today()) });
    const key = editor.keyFor(sent);
    const updateItem = await changes.send('updateItem', sent, key, words);
    if (updateItem === null) return kept(editor, words, key);
    if (updateItem.userErrors.length > 0) return explained(updateItem.userErrors);
    return done(editor, item.id, 'ITEM_UPDATED', t('{name} was changed.', { name: input.name }));
  });

  /**
   * @param {string} id
   * @param {Schema.CreateItemInput} input
   */
  function another(id, input) {
    last = () => undo(id, 'ITEM_CREATED');
    say(t('{name} was added.', { name: input.name }), { word: t('Undo'), act: last });
    onChanged(id);
    return anotherForm(input);
  }

  /**
   * The form once more, with what the next one is likely to share with the one that was added.
   * @param {Schema.CreateItemInput} input
   * @returns {Refusal[]}
   */
  function anotherForm({ unit, location, categoryId }) {
    editor.form.reset();
    editor.newKeys();
    fill(editor, { ...FRESH, unit, location, categoryId });
    editor.form.elements.another.checked = true;
    editor.keep();
    editor.form.elements.name.focus();
    return [];
  }

  const { elements: controls } = editor.form;
  const products = createProductChoice({ api, form: editor.form, today, isNew: () => item === null, freshUnit: FRESH.unit });
  controls.short.addEventListener('input', () => {
    const day = dayFromWords(controls.short.value, today());
    const hint = byId('short-hint');
    hint.textContent = day !== null ? fullDate(day, today()) : controls.short.value.trim() === '' ? SHORT_HINT : t('Not a day yet');
    if (day !== null) controls.expiryDate.value = day;
  });

  /**
   * What is known by this name is offered, and what was said of it before is filled in where nothing is yet.
   * @type {Answer<'SUGGESTIONS'>['items']['nodes']}
   */
  let suggested = [];
  controls.name.addEventListener('input', debounced(200, async () => {
    const words = controls.name.value.trim();
    const known = suggested.find(({ name }) => name === words);
    if (known && item === null) {
      if (controls.unit.value === FRESH.unit) controls.unit.value = known.unit;
      for (const field of COPIED) if (controls[field].value === '') controls[field].value = known[field] ?? '';
      if (controls.categoryId.value === '') controls.categoryId.value = known.category?.id ?? '';
    }
    if (words.length < 2 || known || item !== null) return;
    try {
      const found = (await api.request(SUGGESTIONS, { search: words })).items.nodes;
      suggested = [...new Map(found.map((each) => [each.name, each])).values()];
      byId('names').replaceChildren(...suggested.map(({ name }) => element('option', { value: name })));
      offerUnits(found.map(({ unit }) => unit));
    } catch {
      // Whoever is offered nothing types it themselves.
    }
  }));

  /** @param {string[]} units */
  function offerUnits(units) {
    const list = byId('units');
    for (const unit of new Set(units)) {
      if (![...list.options].some(({ value }) => value === unit)) list.prepend(element('option', { value: unit }));
    }
  }

  byId('units').append(...UNITS.map((unit) => element('option', { value: unit })));

  let placesRead = false;
  async function offerPlaces() {
    if (placesRead) return;
    placesRead = true;
    try {
      const { byLocation } = (await api.request(STOCK_BY_PLACE)).inventory;
      const list = byId('places');
      for (const { location } of byLocation) {
        if (location && ![...list.options].some(({ value }) => value === location)) list.append(element('option', { value: location }));
      }
    } catch {
      placesRead = false;
    }
  }

  onSubmit(takingOut.form, async (fields) => {
    const input = {
      itemId: item.id,
      quantity: decimal(fields.quantity),
      outcome: fields.outcome.value,
      note: textOrNull(fields.note),
      expectedVersion: item.version,
    };
    const taken = { name: item.name, quantity: quantity(input.quantity, item.unit) };
    const words = t('Take {quantity} of {name} out', taken);
    const key = takingOut.keyFor(input);
    const takeOut = await changes.send('takeOut', input, key, words);
    if (takeOut === null) return kept(takingOut, words, key);
    if (!takeOut.item) return explained(takeOut.userErrors);
    return done(takingOut, item.id, 'ITEM_TAKEN_OUT', takeOut.item.usedUp ? t('{quantity} of {name} taken out; nothing is left.', taken)
      : t('{quantity} of {name} taken out; {left} left.', { ...taken, left: quantity(takeOut.item.quantity, takeOut.item.unit) }));
  });

  onSubmit(deleting.form, async () => {
    const input = { id: item.id, expectedVersion: item.version };
    const words = t('Delete {name}', { name: item.name });
    const key = deleting.keyFor(input);
    const deleteItem = await changes.send('deleteItem', input, key, words);
    if (deleteItem === null) return kept(deleting, words, key);
    if (deleteItem.userErrors.length > 0) return explained(deleteItem.userErrors);
    return done(deleting, item.id, 'ITEM_DELETED', t('{name} was deleted.', { name: item.name }));
  });

  /**
   * @param {ItemDialog} open
   * @param {Record<string, any>} values
   */
  function fill({ form }, values) {
    for (const [name, value] of Object.entries(values)) form.elements[name].value = DECIMALS.includes(name) && value ? decimalText(value) : value ?? '';
  }

  /**
   * @param {ItemInDialog | null} subject
   * @param {string} title
   * @param {string} submit
   * @param {Record<string, any>} values
   */
  function openEditor(subject, title, submit, values) {
    item = subject;
    editor.open(title);
    products.show(null);
    byId('short-hint').textContent = SHORT_HINT;
    byId('another').hidden = subject !== null;
    editor.form.querySelector('[data-submit]').textContent = submit;
    fill(editor, values);
    editor.before = values;
    editor.keep();
    editor.form.elements[subject ? 'quantity' : 'name'].focus();
  }

  const MORE = ['description', 'sellingPrice', 'leadDays', 'productId'];

  /** @param {boolean} offered */
  function offerMore(offered) {
    more = offered;
    for (const name of MORE) editor.form.elements[name].disabled = !offered;
    editor.form.querySelector('details').open = false;
  }

  /**
   * Reads what the list does not know of an item, and lets it be changed too.
   * @param {ItemInDialog} subject
   */
  async function readMore(subject) {
    try {
      const found = (await api.request(ITEM_TO_EDIT, { id: subject.id })).item;
      if (!found || item?.id !== subject.id || !editor.dialog.open) return;
      const values = {
        description: found.description,
        sellingPrice: found.sellingPrice,
        leadDays: found.activities.nodes[0]?.stateAfter?.ownLeadDays ?? null,
        productId: found.product?.id ?? null,
      };
      const wasTyped = editor.isTyped();
      offerMore(true);
      products.show(found.product);
      fill(editor, values);
      Object.assign(editor.before, values);
      if (!wasTyped) editor.keep();
    } catch (error) {
      onFailure(error);
    }
  }

  return {
    /**
     * Opens the form of a new item, with what is known of it already.
     * @param {Known} [known]
     */
    add({ product = null, ...known } = {}) {
      openEditor(null, t('Add an item'), t('Add'), { ...FRESH, ...withoutNothing(known) });
      offerMore(true);
      if (product) products.take(product);
      else products.ofBarcode();
      offerPlaces();
      editor.keep();
    },

    /**
     * Fills in what a code tells, where the form of an item is open; whether it is.
     * @param {Known} known
     */
    fill(known) {
      if (!editor.dialog.open) return false;
      for (const [name, value] of Object.entries(withoutNothing(known))) {
        const control = editor.form.elements[name];
        if (CODED.includes(name) || control.value === '' || (name === 'unit' && control.value === FRESH.unit)) control.value = value;
      }
      products.ofBarcode();
      return true;
    },

    /** @param {ItemInDialog} subject */
    edit(subject) {
      openEditor(subject, t('Edit {name}', { name: subject.name }), t('Save'), {
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

    /** @param {ItemInDialog} subject */
    takeOut(subject) {
      item = subject;
      takingOut.open(t('Take out {name}', { name: subject.name }));
      byId('take-out-left').textContent = t('of {quantity}', { quantity: quantity(subject.quantity, subject.unit) });
      fill(takingOut, {
        quantity: subject.quantity,
        outcome: subject.status === 'EXPIRED' ? 'DISCARDED' : 'USED',
        note: '',
      });
      takingOut.keep();
      takingOut.form.elements.quantity.select();
    },

    /** @param {ItemInDialog} subject */
    remove(subject) {
      item = subject;
      deleting.open(t('Delete {name}?', { name: subject.name }));
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

    /** @param {Category[]} categories */
    showCategories(categories) {
      const select = editor.form.elements.categoryId;
      const chosen = select.value;
      select.replaceChildren(element('option', { value: '' }, t('None')),
        ...categories.map(({ id, name }) => element('option', { value: id }, name)));
      select.value = chosen;
    },
  };
}

/** @param {'item-dialog' | 'take-out-dialog' | 'delete-dialog'} id */
function dialog(id) {
  const node = byId(id);
  const form = node.querySelector('form');
  const title = node.querySelector('h2');
  const warning = node.querySelector('.discard');
  /** @type {Map<string, string>} */
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
    /** @type {Record<string, any>} */
    before: {},
    isTyped,
    /** @param {string} heading */
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
    /** What is sent from now on is another item, be it the same in all. */
    newKeys: () => keys.clear(),
    /**
     * The same key for the same input while the dialog is open: sending again after a lost answer is safe.
     * @param {object} input
     */
    keyFor(input) {
      const sent = JSON.stringify(input);
      if (!keys.has(sent)) keys.set(sent, newKey());
      return keys.get(sent);
    },
  };
}

/** @type {Record<string, string>} */
const WORDS = {
  name: t('name'), quantity: t('quantity'), unit: t('unit'), expiryDate: t('last good day'), purchaseDate: t('bought on'),
  location: t('place'), costPrice: t('cost price'), sellingPrice: t('selling price'), lotNumber: t('lot'), barcode: t('barcode'),
  leadDays: t('lead days'), productId: t('product'), categoryId: t('category'), description: t('description'),
};
const DECIMALS = ['quantity', 'costPrice', 'sellingPrice'];
const DATES = ['expiryDate', 'purchaseDate'];
/** What is changed without telling to what. */
const UNTOLD = ['categoryId', 'productId', 'description'];

/**
 * What is changed, and to what.
 * @param {Record<string, any>} changed
 * @param {string} today
 */
function inWords(changed, today) {
  return listed(Object.entries(changed).map(([name, value]) => (UNTOLD.includes(name) ? WORDS[name]
    : labelled(WORDS[name], value === null ? t('not set') : DATES.includes(name) ? date(value, today) : DECIMALS.includes(name) ? decimalText(value) : String(value)))))
    || t('nothing');
}

/**
 * @param {Record<string, any>} input
 * @param {Record<string, any>} before
 */
function changedOnly(input, before) {
  return Object.fromEntries(Object.entries(input).filter(([name, value]) => value !== (before[name] ?? null)));
}
