import { arrange, byId, debounced, element } from './dom.js';
import { STATUSES, count, date, daysInWords, number, quantity, statusWord, value } from './format.js';
import { ITEMS } from './operations.js';

const PAGE = 25;
const LARGEST_PAGE = 100;
const HIGHLIGHT_MILLIS = 2_500;

const GROUPS = [
  ['Past their date', ({ daysLeft }) => daysLeft !== null && daysLeft < 0],
  ['Today', ({ daysLeft }) => daysLeft === 0],
  ['Within a week', ({ daysLeft }) => daysLeft !== null && daysLeft <= 7],
  ['Within a month', ({ daysLeft }) => daysLeft !== null && daysLeft <= 31],
  ['Later', ({ daysLeft }) => daysLeft !== null],
  ['Without a date', () => true],
];

/**
 * The list of items by expiry date, with its search and filters.
 *
 * `actions` has `takeOut(item)`, `edit(item)` and `remove(item)`; `onFailure(error)` is told what could not be read.
 */
export function createItemList({ api, today, actions, onFailure }) {
  const list = byId('items');
  const title = byId('items-title');
  const counted = byId('items-count');
  const empty = byId('no-items');
  const moreButton = byId('more-items');
  const filters = byId('filters');
  const chips = byId('chips');
  const { search, category } = filters.elements;
  const headings = new Map(GROUPS.map(([name]) => [name, element('li', { class: 'group' }, element('h3', {}, name))]));
  const rows = new Map();
  const statuses = new Set();
  let shown = [];
  let end = null;
  let total = 0;
  let andMore = '';
  let turn = 0;

  const chipOf = new Map([['', 'All'], ...STATUSES].map(([status, word]) => {
    const figure = element('span', { class: 'chip-count' });
    const button = element('button', { type: 'button', class: `chip ${status}`, click: () => toggle(status) }, word, figure);
    chips.append(button);
    return [status, { button, figure }];
  }));

  function toggle(status) {
    if (status === '') statuses.clear();
    else if (!statuses.delete(status)) statuses.add(status);
    pressChips();
    load();
  }

  function pressChips() {
    for (const [status, { button }] of chipOf) {
      button.setAttribute('aria-pressed', String(status === '' ? statuses.size === 0 : statuses.has(status)));
    }
  }

  pressChips();
  filters.addEventListener('submit', (event) => event.preventDefault());
  search.addEventListener('input', debounced(250, () => load()));
  category.addEventListener('change', () => load());
  moreButton.addEventListener('click', more);

  function filter() {
    const words = search.value.trim();
    return {
      ...(statuses.size > 0 ? { status: [...statuses] } : {}),
      ...(category.value ? { categoryId: [category.value] } : {}),
      ...(words ? { search: words } : {}),
    };
  }

  async function read(size, after) {
    const nodes = [];
    let all = null;
    let beyond = '';
    let cursor = after;
    do {
      const first = Math.min(size - nodes.length, LARGEST_PAGE);
      const { items } = await api.request(ITEMS, { first, after: cursor, filter: filter(), count: all === null });
      nodes.push(...items.nodes);
      if (items.totalCountPrecision === 'AT_LEAST') beyond = '+';
      all ??= items.totalCount;
      cursor = items.pageInfo.hasNextPage ? items.pageInfo.endCursor : null;
    } while (cursor !== null && nodes.length < size);
    return { nodes, total: all, andMore: beyond, end: cursor };
  }

  /** Reads the list anew; an answer that comes after a later question is left aside. */
  async function load(size = PAGE, changed = new Set()) {
    const mine = ++turn;
    list.setAttribute('aria-busy', 'true');
    try {
      const found = await read(size, null);
      if (mine !== turn) return;
      shown = found.nodes;
      ({ total, andMore, end } = found);
      show(changed);
    } catch (error) {
      onFailure(error);
    }
    if (mine === turn) list.setAttribute('aria-busy', 'false');
  }

  async function more() {
    const mine = turn;
    moreButton.disabled = true;
    try {
      const found = await read(PAGE, end);
      if (mine !== turn) return;
      const known = new Set(shown.map(({ id }) => id));
      const added = found.nodes.filter(({ id }) => !known.has(id));
      shown = [...shown, ...added];
      ({ total, andMore, end } = found);
      show(new Set());
      rows.get(added[0]?.id)?.node.querySelector('button').focus();
    } catch (error) {
      onFailure(error);
    } finally {
      moreButton.disabled = false;
    }
  }

  function show(changed) {
    const focused = list.contains(document.activeElement) ? document.activeElement.closest('li') : null;
    const place = focused ? [...list.children].indexOf(focused) : -1;
    const day = today();
    const nodes = [];
    let group = null;
    for (const item of shown) {
      const name = GROUPS.find(([, belongs]) => belongs(item))[0];
      if (name !== group) nodes.push(headings.get(name));
      group = name;
      if (!rows.has(item.id)) rows.set(item.id, itemRow(actions));
      const row = rows.get(item.id);
      row.update(item, day);
      if (changed.has(item.id)) row.highlight();
      nodes.push(row.node);
    }
    const kept = new Set(shown.map(({ id }) => id));
    for (const id of rows.keys()) {
      if (!kept.has(id)) rows.delete(id);
    }
    arrange(list, nodes);
    if (focused && !focused.isConnected) {
      const next = [...list.children].slice(place).find((node) => node.querySelector('button'));
      (next?.querySelector('button') ?? title).focus();
    }
    counted.textContent = andMore ? `${number(total)}+ items` : count(total, 'item', 'items');
    moreButton.hidden = end === null;
    moreButton.textContent = `Show more (${number(shown.length)} of ${number(total)}${andMore})`;
    empty.hidden = shown.length > 0;
    empty.textContent = Object.keys(filter()).length > 0
      ? 'Nothing matches. Try fewer words or another filter.'
      : 'Nothing is in stock yet. Add your first item, and it will appear here when its day comes near.';
  }

  return {
    load,

    /** Reads again as many as are shown, and highlights those that have changed. */
    reload: (changed) => load(Math.max(PAGE, Math.ceil(shown.length / PAGE) * PAGE), changed),

    /** Shows one category only. */
    only(categoryId) {
      category.value = categoryId;
      load();
      title.focus();
      title.scrollIntoView({ block: 'center' });
    },

    showCategories(categories) {
      const chosen = category.value;
      category.replaceChildren(element('option', { value: '' }, 'All categories'),
        ...categories.map(({ id, name }) => element('option', { value: id }, name)));
      category.value = categories.some(({ id }) => id === chosen) ? chosen : '';
    },

    showCounts(countOf) {
      for (const [status, { figure }] of chipOf) {
        if (status !== '') figure.textContent = number(countOf(status));
      }
    },
  };
}

function itemRow(actions) {
  let item;
  let timer;
  const name = element('strong');
  const where = element('span', { class: 'muted' });
  const badge = element('span');
  const days = element('span', { class: 'days' });
  const day = element('span', { class: 'muted' });
  const amount = element('span', { class: 'amount' });
  const worth = element('span', { class: 'muted worth' });
  const button = (word, action, style) =>
    element('button', { type: 'button', class: style, click: () => action(item) }, word, element('span', { class: 'hidden' }));
  const buttons = [
    button('Take out', actions.takeOut, 'small'),
    button('Edit', actions.edit, 'quiet small'),
    button('Delete', actions.remove, 'quiet small'),
  ];
  const node = element('li', { class: 'item' },
    element('div', { class: 'item-name' }, name, where),
    element('div', { class: 'item-date' }, badge, element('span', {}, days, day)),
    element('div', { class: 'item-amount' }, amount, worth),
    element('div', { class: 'item-actions' }, ...buttons));
  return {
    node,
    update(next, today) {
      item = next;
      node.dataset.status = item.status;
      name.textContent = item.name;
      where.textContent = [
        item.location, item.category?.name, item.lotNumber && `lot ${item.lotNumber}`,
      ].filter(Boolean).join(' · ');
      badge.className = `status ${item.status}`;
      badge.textContent = statusWord[item.status];
      days.textContent = item.daysLeft === null ? '' : daysInWords(item.daysLeft);
      day.textContent = item.expiryDate === null ? '' : ` · ${date(item.expiryDate, today)}`;
      amount.textContent = quantity(item.quantity, item.unit);
      worth.textContent = item.costPrice === null ? '' : `worth ${value(item.totalValue)}`;
      for (const each of buttons) each.lastChild.textContent = ` ${item.name}`;
    },
    highlight() {
      clearTimeout(timer);
      node.classList.add('changed');
      timer = setTimeout(() => node.classList.remove('changed'), HIGHLIGHT_MILLIS);
    },
  };
}
