import { createBulk } from './bulk.js';
import { byId, debounced, element, say } from './dom.js';
import { STATUSES, date, daysInWords, number, quantity, statusWord, value } from './format.js';
import { CHANGED_ITEMS, ITEMS, ITEMS_AS_OF } from './operations.js';
import { addressOf } from './router.js';
import { n, t } from './words.js';
import { createVirtualList } from './virtual-list.js';

const PAGE = 25;
const LARGEST_PAGE = 100;
/** More changes at once are cheaper to read as the pages that are shown. */
const MOST_ONE_BY_ONE = 25;
const MOST_PRINTED = 5_000;
/** So many rows can be read without a connection. */
const MOST_KEPT = 1_000;
const HIGHLIGHT_MILLIS = 2_500;

/** @type {[string, (daysLeft: number | null) => boolean][]} */
const GROUPS = [
  [t('Past their date'), (daysLeft) => daysLeft !== null && daysLeft < 0],
  [t('Today'), (daysLeft) => daysLeft === 0],
  [t('Within a week'), (daysLeft) => daysLeft !== null && daysLeft <= 7],
  [t('Within a month'), (daysLeft) => daysLeft !== null && daysLeft <= 31],
  [t('Later'), (daysLeft) => daysLeft !== null],
  [t('Without a date'), () => true],
];

/**
 * How the list can be ordered: as the address has it, the API's order, the words, and what the order looks at.
 * @type {[string, Schema.ItemOrderField, Schema.OrderDirection, string, (item: Item) => string | number][]}
 */
const ORDERS = [
  ['', 'EXPIRY_DATE', 'ASC', t('Soonest date first'), ({ expiryDate }) => expiryDate ?? '~'],
  ['-expiry', 'EXPIRY_DATE', 'DESC', t('Latest date first'), ({ expiryDate }) => expiryDate ?? '~'],
  ['name', 'NAME', 'ASC', t('Name, A to Z'), ({ name }) => name],
  ['-name', 'NAME', 'DESC', t('Name, Z to A'), ({ name }) => name],
  ['-created', 'CREATED_AT', 'DESC', t('Added last first'), ({ id }) => id],
  ['-updated', 'UPDATED_AT', 'DESC', t('Changed last first'), ({ version }) => version],
];
/** @param {URLSearchParams} query */
const orderOf = (query) => ORDERS.find(([key]) => key === query.get('sort')) ?? ORDERS[0];

/**
 * What a list is asked by; the places that show the list know different ones of these.
 * @type {Record<string, string[]>}
 */
const WORDS = {
  overview: ['search', 'category', 'status'],
  items: ['search', 'category', 'status', 'sort', 'from', 'to', 'place', 'asOf', 'used'],
};
/**
 * What a search looks at: while these stay the same, an item is found as before.
 * @type {(keyof Item)[]}
 */
const SEARCHED = ['name', 'location', 'barcode', 'lotNumber'];
/** These stand folded away where there is little room, unless one is chosen. */
const FOLDED = ['sort', 'from', 'to', 'place', 'asOf', 'used'];
const NARROW = matchMedia('(max-width: 52rem)');
const DATE = /^\d{4}-\d\d-\d\d$/;

/**
 * The list of items, with its search, filters and order, which stand in the address.
 *
 * `actions` has `takeOut(item)`, `edit(item)` and `remove(item)`; `onFailure(error)` is told what could not be read,
 * `onQuery(query, isStep)` what the address shall have; `sendChange(…)` is that of the changes, and `isUnsent(id)` tells whether
 * a change of an item waits to be sent.
 * @param {ItemListOptions} options
 */
export function createItemList({ api, today, actions, onFailure, onQuery, onBulk, isWanted, isViewer, sendChange, isUnsent }) {
  const list = byId('items');
  const title = byId('items-title');
  const counted = byId('items-count');
  const empty = byId('no-items');
  const moreButton = byId('more-items');
  const filters = byId('filters');
  const chips = byId('chips');
  const allItems = byId('all-items');
  const places = byId('places');
  const labels = byId('labels-of-list');
  const files = byId('files-of-list');
  const { search, category, sort, from, to, place, asOf, used } = filters.elements;
  const headings = new Map(GROUPS.map(([name]) => [name, element('li', { class: 'group' }, element('h3', {}, name))]));
  /**
   * Those of the rows that stand in the document.
   * @type {Map<string, ReturnType<typeof itemRow>>}
   */
  const rows = new Map();
  /** @type {Set<string>} */
  let changedNow = new Set();
  const virtual = createVirtualList({
    list,
    keyOf: (entry) => entry.group ?? entry.item.id,
    nodeOf,
    onDrawn(keys) {
      for (const id of rows.keys()) {
        if (!keys.has(id)) rows.delete(id);
      }
    },
    // In the overview other things stand below the list, which shall be reached.
    onEnd: () => { if (where === 'items' && end !== null) more(); },
  });
  /** @type {URLSearchParams} */
  let query;
  let where = 'overview';
  /** @type {Item[]} */
  let shown = [];
  /** @type {string | null} */
  let end = null;
  let total = 0;
  let andMore = '';
  let turn = 0;
  /** @type {Category[]} */
  let categoriesNow = [];
  const bulk = createBulk({
    sendChange,
    shown: () => shown,
    categories: () => categoriesNow,
    onChosen: () => { for (const row of rows.values()) row.tick(); },
    onChanged: onBulk,
    onFailure,
  });

  /** @type {Map<string, { button: HTMLButtonElement; figure: HTMLElement }>} */
  const chipOf = new Map([['', t('All')], ...STATUSES].map(([status, word]) => {
    const figure = element('span', { class: 'chip-count' });
    const button = element('button', { type: 'button', class: `chip ${status}`, click: () => toggle(status) }, word, figure);
    chips.append(button);
    return [status, { button, figure }];
  }));
  sort.append(...ORDERS.map(([key, , , word]) => element('option', { value: key }, word)));

  const statuses = () => new Set((query.get('status') ?? '').split(',').filter((status) => chipOf.has(status) && status !== ''));

  /** @param {string} status */
  function toggle(status) {
    const chosen = statuses();
    if (status === '') chosen.clear();
    else if (!chosen.delete(status)) chosen.add(status);
    ask({ status: [...chosen].join(',') }, true);
  }

  /**
   * Asks by other words, and puts them into the address.
   * @param {Record<string, string>} words
   * @param {boolean} isStep
   */
  function ask(words, isStep) {
    const next = new URLSearchParams(query);
    for (const [name, word] of Object.entries(words)) {
      if (word === '') next.delete(name);
      else next.set(name, word);
    }
    onQuery(next, isStep);
    take(next);
  }

  /**
   * @param {URLSearchParams} next
   * @param {number} [size]
   */
  function take(next, size = PAGE) {
    const asked = query?.toString();
    query = new URLSearchParams([...next].filter(([name]) => WORDS[where].includes(name)));
    const chosen = statuses();
    for (const [status, { button }] of chipOf) {
      button.setAttribute('aria-pressed', String(status === '' ? chosen.size === 0 : chosen.has(status)));
    }
    labels.href = addressOf(['labels'], query);
    files.href = addressOf(['files'], query);
    if (query.toString() !== asked) load(size, new Set(), true);
    else virtual.draw();
  }

  /**
   * Gives a row the focus, and brings it into the window.
   * @param {Item | undefined} item
   */
  function focusOn(item) {
    const link = item && virtual.reveal(item.id)?.querySelector('a');
    link?.focus({ preventScroll: true });
    link?.closest('li').scrollIntoView({ block: 'nearest' });
  }

  filters.addEventListener('submit', (event) => event.preventDefault());
  search.addEventListener('input', debounced(250, () => ask({ search: search.value.trim() }, false)));
  place.addEventListener('input', debounced(400, () => ask({ place: place.value.trim() }, false)));
  category.addEventListener('change', () => ask({ category: category.value }, true));
  sort.addEventListener('change', () => ask({ sort: sort.value }, true));
  used.addEventListener('change', () => ask({ used: used.checked ? '1' : '' }, true));
  for (const day of [from, to, asOf]) {
    day.addEventListener('change', () => { if (!day.validity.badInput) ask({ [day.name]: day.value }, true); });
  }
  byId('print-items').addEventListener('click', async ({ target }) => {
    target.disabled = true;
    const printed = await all();
    target.disabled = false;
    if (end !== null) say(t('Only the first {count} are printed. Filter the list for fewer.', { count: printed }));
    print();
  });
  byId('clear-filters').addEventListener('click', () => {
    const none = new URLSearchParams();
    onQuery(none, true);
    fill(none);
    take(none);
    search.focus();
  });
  moreButton.addEventListener('click', async () => {
    const known = shown.length;
    await more();
    focusOn(shown[known]);
  });
  list.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = event.target.closest('a, button') ? event.target.closest('.item') : null;
    if (!step || !row) return;
    const at = shown.findIndex(({ id }) => id === row.dataset.id);
    if (!shown[at + step]) return;
    event.preventDefault();
    focusOn(shown[at + step]);
  });

  /**
   * Shows in the controls what the address has.
   * @param {URLSearchParams} words
   */
  function fill(words) {
    search.value = words.get('search') ?? '';
    const chosen = words.get('category') ?? '';
    if (chosen !== '' && ![...category.options].some(({ value: id }) => id === chosen)) {
      category.append(element('option', { value: chosen }, '…'));
    }
    category.value = chosen;
    sort.value = orderOf(words)[0];
    for (const control of [from, to, asOf, place]) control.value = words.get(control.name) ?? '';
    used.checked = words.get('used') === '1';
    if (!NARROW.matches || FOLDED.some((name) => words.get(name))) byId('more-filters').open = true;
  }

  /** @param {string} name */
  const dayOf = (name) => (DATE.test(query.get(name) ?? '') ? query.get(name) : null);

  /** @returns {Schema.ItemFilter} */
  function filter() {
    const words = query.get('search');
    const chosen = query.get('category');
    /** @type {any[]} */
    const status = [...statuses()];
    return {
      ...(status.length > 0 ? { status } : {}),
      ...(chosen === 'none' ? { withoutCategory: true } : chosen ? { categoryId: [chosen] } : {}),
      ...(words ? { search: words } : {}),
      ...(query.get('place') ? { location: query.get('place') } : {}),
      ...(dayOf('from') || dayOf('to') ? { expiryDate: { from: dayOf('from'), to: dayOf('to') } } : {}),
      ...(query.get('used') === '1' ? { usedUp: true } : {}),
    };
  }

  /**
   * Reads so many rows; null when another question was asked meanwhile. All are counted with the first.
   * @param {number} size
   * @param {string | null} after
   * @param {number} mine
   */
  async function read(size, after, mine) {
    /** @type {Item[]} */
    const nodes = [];
    let all = null;
    let beyond = '';
    let cursor = after;
    const [, field, direction] = orderOf(query);
    const then = dayOf('asOf');
    /** @type {Omit<VariablesOf<Operations['ITEMS']>, 'first' | 'count'>} */
    const question = {
      filter: filter(), ...(query.get('sort') ? { orderBy: { field, direction } } : {}), ...(then ? { asOf: then } : {}),
    };
    do {
      const first = Math.min(size - nodes.length, LARGEST_PAGE);
      /** @type {Answer<'ITEMS' | 'ITEMS_AS_OF'> | null} */
      const found = await api.read(then ? ITEMS_AS_OF : ITEMS, { first, after: cursor, ...question, count: after === null && all === null }, {
        isWanted: () => isWanted() && mine === turn,
        onWaiting: ({ message }) => {
          if (mine !== turn || list.children.length > 0) return;
          showEmpty(t('{reason} It is asked for again by itself.', { reason: message }));
          showKept(mine);
        },
      });
      if (found === null || mine !== turn) return null;
      /** @type {Answer<'ITEMS' | 'ITEMS_AS_OF'>} */
      const { items } = found;
      nodes.push(...items.nodes.map((item) => ('statusThen' in item ? { ...item, status: item.statusThen, daysLeft: item.daysLeftThen } : item)));
      if (items.totalCountPrecision === 'AT_LEAST') beyond = '+';
      all ??= items.totalCount ?? null;
      cursor = items.pageInfo.hasNextPage ? items.pageInfo.endCursor : null;
    } while (cursor !== null && nodes.length < size);
    return { nodes, total: all ?? 0, andMore: beyond, end: cursor };
  }

  /**
   * Reads the list anew; rows that answer another question are taken away at once.
   * @param {number} [size]
   * @param {Set<string>} [changed]
   * @param {boolean} [isOther]
   */
  async function load(size = PAGE, changed = new Set(), isOther = false) {
    const mine = ++turn;
    list.setAttribute('aria-busy', 'true');
    if (isOther) {
      shown = [];
      bulk.clear();
      virtual.show([]);
      moreButton.hidden = true;
      counted.textContent = '';
      showEmpty('');
    }
    try {
      const found = await read(size, null, mine);
      if (found === null || mine !== turn) return;
      shown = found.nodes;
      ({ total, andMore, end } = found);
      list.setAttribute('aria-busy', 'false');
      draw(changed);
    } catch (error) {
      if (mine === turn) showEmpty(error.message);
      onFailure(error);
    }
    if (mine === turn) list.setAttribute('aria-busy', 'false');
  }

  /**
   * Shows what the list held when it was read last, until it can be read.
   * @param {number} mine
   */
  async function showKept(mine) {
    const old = await api.findAnswer(keptAs());
    if (old === null || mine !== turn || list.children.length > 0) return;
    shown = old.shown;
    ({ total, andMore } = old);
    end = null;
    draw(new Set());
  }

  const keptAs = () => `items ${query}`;

  /** @param {string} message */
  function showEmpty(message) {
    empty.hidden = message === '';
    empty.textContent = message;
  }

  /**
   * Reads what comes next; one page at a time.
   * @param {number} [size]
   */
  async function more(size = LARGEST_PAGE) {
    if (moreButton.disabled || end === null || list.getAttribute('aria-busy') === 'true') return;
    const mine = turn;
    moreButton.disabled = true;
    try {
      const found = await read(size, end, mine);
      if (found === null || mine !== turn) return;
      const known = new Set(shown.map(({ id }) => id));
      shown = [...shown, ...found.nodes.filter(({ id }) => !known.has(id))];
      end = found.end;
    } catch (error) {
      onFailure(error);
      return;
    } finally {
      moreButton.disabled = false;
    }
    draw(new Set());
  }

  /** Reads all that answers the question, up to so many as are printed; how many those are. */
  async function all() {
    while (end !== null && shown.length < MOST_PRINTED) {
      const before = shown.length;
      await more(10 * LARGEST_PAGE);
      if (shown.length === before) break;
    }
    return shown.length;
  }

  /**
   * Reads again as far as somebody has looked or chosen; what comes after that is read when it is looked at.
   * @param {Set<string>} [changed]
   */
  function reload(changed = new Set()) {
    if (!query) return null;
    const far = shown.findLastIndex(({ id }) => bulk.isChosen(id)) + 1;
    const size = Math.min(shown.length, Math.max(virtual.reached(), far));
    return load(Math.max(PAGE, Math.ceil(size / PAGE) * PAGE), changed);
  }

  /**
   * Reads those that have changed, and puts each in its place; the whole list only when that cannot be told here.
   * @param {Set<string>} ids
   */
  async function readChanged(ids) {
    if (!query) return null;
    if (ids.size > MOST_ONE_BY_ONE || dayOf('asOf') || list.getAttribute('aria-busy') === 'true') return reload(ids);
    const mine = turn;
    try {
      const found = await api.read(CHANGED_ITEMS, { ids: [...ids], filter: filter() }, { isWanted: () => isWanted() && mine === turn });
      if (found === null || mine !== turn) return null;
      /** @type {Map<string, any>} */
      const now = new Map([...ids].map((id, index) => [id, found.nodes[index]]));
      const next = shown.filter(({ id }) => !now.has(id) || now.get(id));
      for (const [id, item] of now) {
        if (item && !settle(next, id, item)) return reload(ids);
      }
      shown = next;
      total = found.items.totalCount;
      andMore = found.items.totalCountPrecision === 'AT_LEAST' ? '+' : '';
      if (shown.length === 0 && total > 0) return reload(ids);
      draw(ids);
    } catch (error) {
      onFailure(error);
    }
    return null;
  }

  /**
   * Puts an item among those to be shown, or takes it away; false when only the server can tell where it belongs.
   * @param {Item[]} next
   * @param {string} id
   * @param {Item} item
   */
  function settle(next, id, item) {
    const at = next.findIndex((each) => each.id === id);
    const before = next[at];
    const fits = belongs(item, before);
    if (fits === null) return false;
    if (before) next.splice(at, 1);
    if (!fits) return true;
    const [, field, direction, , keyOf] = orderOf(query);
    const key = keyOf(item);
    if (before && keyOf(before) === key) {
      next.splice(at, 0, item);
      return true;
    }
    if (field !== 'EXPIRY_DATE') return false;
    /** @type {(other: Item) => boolean} */
    const isAfter = direction === 'ASC' ? (other) => keyOf(other) > key : (other) => keyOf(other) < key;
    const to = next.findIndex(isAfter);
    if (to >= 0) next.splice(to, 0, item);
    else if (end === null) next.push(item);
    return true;
  }

  /**
   * Whether an item answers the question; null when that is not known here.
   * @param {Item} item
   * @param {Item | undefined} before
   */
  function belongs(item, before) {
    if (item.usedUp !== (query.get('used') === '1')) return false;
    const status = statuses();
    if (status.size > 0 && !status.has(item.status)) return false;
    const chosen = query.get('category');
    if (chosen && (item.category?.id ?? 'none') !== chosen) return false;
    const day = item.expiryDate;
    if ((dayOf('from') || dayOf('to')) && !(day && day >= (dayOf('from') ?? '') && day <= (dayOf('to') ?? '~'))) return false;
    if (query.get('search') || query.get('place')) {
      return before && SEARCHED.every((field) => item[field] === before[field]) ? true : null;
    }
    return true;
  }

  /** @param {Entry} entry */
  function nodeOf({ group, item, at }) {
    if (!item) return headings.get(group);
    if (!rows.has(item.id)) rows.set(item.id, itemRow(actions, isViewer() ? null : bulk, isUnsent));
    const row = rows.get(item.id);
    row.update(item, today());
    row.tick();
    row.stand(at + 1, andMore ? -1 : total);
    if (changedNow.delete(item.id)) row.highlight();
    return row.node;
  }

  /** @param {Set<string>} changed */
  function draw(changed) {
    const focused = list.contains(document.activeElement) ? document.activeElement?.closest('li') : null;
    const next = focused?.nextElementSibling?.dataset.id ?? focused?.nextElementSibling?.nextElementSibling?.dataset.id;
    const isGrouped = orderOf(query)[1] === 'EXPIRY_DATE' && query.get('used') !== '1';
    /** @type {Entry[]} */
    const entries = [];
    let group = '';
    shown.forEach((item, at) => {
      if (isGrouped) {
        const name = GROUPS.filter(([, holds]) => holds(item.daysLeft))[0][0];
        if (name !== group) entries.push({ group: name });
        group = name;
      }
      entries.push({ item, at });
    });
    changedNow = new Set(changed);
    bulk.refresh();
    virtual.show(entries);
    changedNow.clear();
    if (focused && !focused.isConnected) {
      focusOn(shown.find(({ id }) => id === next));
      if (document.activeElement === document.body) title.focus();
    }
    counted.textContent = andMore ? n(total, '{count}+ item', '{count}+ items') : n(total, '{count} item', '{count} items');
    if (end === null && moreButton === document.activeElement) focusOn(shown.at(-1));
    if (list.getAttribute('aria-busy') !== 'true') api.keepAnswer(keptAs(), { shown: shown.slice(0, MOST_KEPT), total, andMore });
    moreButton.hidden = end === null;
    moreButton.textContent = t('Show more ({shown} of {total})', { shown: shown.length, total: number(total) + andMore });
    title.textContent = query.get('used') === '1' ? t('Nothing left') : orderOf(query)[0] === '' ? t('Expires next') : orderOf(query)[3];
    for (const name of new Set(shown.map(({ location }) => location).filter(Boolean))) {
      if (![...places.options].some(({ value: known }) => known === name)) places.append(element('option', { value: name }));
    }
    showEmpty(shown.length > 0 ? '' : Object.keys(filter()).length > 0
      ? t('Nothing matches. Try fewer words or another filter.')
      : t('Nothing is in stock yet. Add your first item, and it will appear here when its day comes near.'));
  }

  return {
    /**
     * Shows what the address asks for, in the overview or as the place of its own.
     * @param {URLSearchParams} words
     * @param {string} name
     * @param {number} [size]
     */
    show(words, name, size = PAGE) {
      if (where !== name) bulk.clear();
      where = name;
      allItems.href = addressOf(['items'], words);
      fill(words);
      take(words, Math.max(size, PAGE));
    },

    /**
     * Gives a row the focus, where it stands.
     * @param {string} id
     */
    focus(id) {
      virtual.draw();
      rows.get(id)?.node.querySelector('a').focus({ preventScroll: true });
    },

    /** How many rows are there. */
    size: () => shown.length,

    redraw: virtual.draw,

    close: virtual.close,

    /** Reads again as many as are shown, and highlights those that have changed. */
    reload,

    /** Reads again those that have changed. */
    changed: readChanged,

    /** @param {Category[]} categories */
    showCategories(categories) {
      categoriesNow = categories;
      const chosen = query?.get('category') ?? '';
      category.replaceChildren(element('option', { value: '' }, t('All categories')),
        ...categories.map(({ id, name }) => element('option', { value: id }, name)),
        element('option', { value: 'none' }, t('No category')));
      category.value = chosen;
      if (category.value !== chosen) ask({ category: '' }, false);
    },

    /** @param {(status: string) => number} countOf */
    showCounts(countOf) {
      for (const [status, { figure }] of chipOf) {
        if (status !== '') figure.textContent = number(countOf(status));
      }
    },
  };
}

/**
 * @param {ItemActions} actions
 * @param {ReturnType<typeof createBulk> | null} bulk
 * @param {(id: string) => boolean} isUnsent
 */
function itemRow(actions, bulk, isUnsent) {
  /** @type {Item} */
  let item;
  /** @type {number | undefined} */
  let timer;
  const word = element('strong');
  const name = element('a', { class: 'plain' }, word);
  const where = element('span', { class: 'muted' });
  const badge = element('span');
  const days = element('span', { class: 'days' });
  const day = element('span', { class: 'muted' });
  const amount = element('span', { class: 'amount' });
  const worth = element('span', { class: 'muted worth' });
  /**
   * @param {string} word
   * @param {(item: Item) => void} action
   * @param {string} style
   */
  const button = (word, action, style) =>
    element('button', { type: 'button', class: style, click: () => action(item) }, word, element('span', { class: 'hidden' }));
  /** @type {any[]} */
  const buttons = bulk === null ? [] : [
    button(t('Take out'), actions.takeOut, 'small'),
    button(t('Edit'), actions.edit, 'quiet small'),
    button(t('Delete'), actions.remove, 'quiet small'),
  ];
  const box = element('input', { type: 'checkbox', class: 'choose', change: () => bulk?.choose(item, box.checked) });
  const node = element('li', { class: 'item' }, bulk === null ? null : box,
    element('div', { class: 'item-name' }, name, where),
    element('div', { class: 'item-date' }, badge, element('span', {}, days, day)),
    element('div', { class: 'item-amount' }, amount, worth),
    element('div', { class: 'item-actions' }, ...buttons));
  return {
    node,
    /**
     * @param {Item} next
     * @param {string} today
     */
    update(next, today) {
      item = next;
      node.dataset.id = item.id;
      node.dataset.status = item.status;
      word.textContent = item.name;
      name.href = addressOf(['items', item.id]);
      where.textContent = [
        isUnsent(item.id) && t('a change is not sent yet'), item.location, item.category?.name, item.lotNumber && t('lot {lot}', { lot: item.lotNumber }),
      ].filter(Boolean).join(' · ');
      badge.className = `status ${item.status}`;
      badge.textContent = statusWord[item.status];
      // A comma for whoever hears both, or copies them; who sees them sees the badge end.
      days.replaceChildren(...item.daysLeft === null ? [] : [element('span', { class: 'hidden' }, ', '), daysInWords(item.daysLeft)]);
      day.textContent = item.expiryDate === null ? '' : ` · ${date(item.expiryDate, today)}`;
      amount.textContent = quantity(item.quantity, item.unit);
      worth.textContent = item.costPrice === null ? '' : t('worth {value}', { value: value(item.totalValue) });
      box.setAttribute('aria-label', t('Choose {name}', { name: item.name }));
      for (const each of buttons) each.lastChild.textContent = ` ${item.name}`;
    },
    /**
     * @param {number} at
     * @param {number} of
     */
    stand(at, of) {
      node.setAttribute('aria-posinset', at);
      node.setAttribute('aria-setsize', of);
    },
    tick() {
      box.checked = bulk?.isChosen(item.id) ?? false;
    },
    highlight() {
      clearTimeout(timer);
      node.classList.add('changed');
      timer = setTimeout(() => node.classList.remove('changed'), HIGHLIGHT_MILLIS);
    },
  };
}
