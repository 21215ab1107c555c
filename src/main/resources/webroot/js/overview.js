import { arrange, byId, drawn, element, press } from './dom.js';
import { BANDS, STATUSES, daysAfter, hour, labelled, longDate, number, statusWord, value } from './format.js';
import { stackedBar, swatch } from './bars.js';
import { addressOf } from './router.js';
import { listed, n, t } from './words.js';

/** @type {[string, `${OfStatus}Items`, `${OfStatus}Value`][]} */
const CATEGORY_KEYS = [
  ['EXPIRED', 'expiredItems', 'expiredValue'],
  ['EXPIRING_SOON', 'expiringItems', 'expiringValue'],
  ['ACTIVE', 'activeItems', 'activeValue'],
  ['UNDATED', 'undatedItems', 'undatedValue'],
];

const COLUMN_HEIGHT = 64;
const THINNEST_COLUMN = 3;

/**
 * The headline and the drawings of what is in stock, each part of which leads to the items that it counts.
 * @param {{ viewer: () => Person & { timeZone: string } }} options
 */
export function createOverview({ viewer }) {
  const greeting = byId('greeting');
  const today = byId('today');
  const summary = byId('summary');
  const legend = byId('status-legend');
  const categoryList = byId('category-bars');
  const bands = new Map(BANDS.map(([band, word]) => [band, bandColumn(band, word)]));
  byId('aging').append(...[...bands.values()].map(({ node }) => node));
  const bar = stackedBar(30);
  byId('status-bar').append(bar.svg);
  const tiles = new Map(STATUSES.map(([status, word]) => [status, tile(status, word)]));
  legend.append(...[...tiles.values()].map(({ node }) => node));
  /** @type {Map<string, ReturnType<typeof categoryRow>>} */
  const rows = new Map();
  /** @type {Inventory} */
  let inventory;
  let byValue = false;

  const switches = [byId('by-count'), byId('by-value')];
  for (const button of switches) {
    button.addEventListener('click', () => {
      byValue = button.id === 'by-value';
      press(switches, button);
      if (inventory) draw();
    });
  }

  function draw() {
    today.textContent = longDate(inventory.asOf);
    greeting.textContent = greetingAt(hour(viewer().timeZone), viewer().username);
    const totals = Object.fromEntries(inventory.byStatus.map((entry) => [entry.status, entry]));
    summary.textContent = inWords(inventory.total, totals);

    /** @param {{ count: number; value: string }} entry */

    const size = (entry) => (byValue ? Number(entry.value) : entry.count);
    const label = listed(STATUSES.map(([status, word]) =>
      `${word} ${byValue ? value(totals[status].value) : number(totals[status].count)}`));
    bar.draw(STATUSES.map(([key]) => ({ key, size: size(totals[key]) })), size(inventory.total),
      byValue ? t('Value in stock by status: {figures}', { figures: label }) : t('Items in stock by status: {figures}', { figures: label }));
    for (const [status, { amount, detail }] of tiles) {
      amount.textContent = number(totals[status].count);
      detail.textContent = t('worth {value}', { value: value(totals[status].value) });
    }
    drawBands();
    drawCategories();
  }

  function drawBands() {
    /** @param {{ count: number; value: string }} entry */
    const size = (entry) => (byValue ? Number(entry.value) : entry.count);
    const largest = Math.max(...inventory.aging.map(size), 0);
    for (const entry of inventory.aging) {
      bands.get(entry.band).link.href = addressOf(['items'], datesOf(entry.band, inventory.asOf));
      bands.get(entry.band).update(size(entry), largest, byValue ? value(entry.value) : number(entry.count));
    }
  }

  function drawCategories() {
    /** @param {Inventory['byCategory'][number]} entry */
    const size = (entry) => (byValue ? Number(entry.totalValue) : entry.totalItems);
    const entries = inventory.byCategory.filter((entry) => entry.totalItems > 0).sort((a, b) => size(b) - size(a));
    const longest = Math.max(...entries.map(size), 0);
    const nodes = entries.map((entry) => {
      const key = entry.category?.id ?? '';
      if (!rows.has(key)) rows.set(key, categoryRow(entry));
      rows.get(key).update(entry, longest, byValue);
      return rows.get(key).node;
    });
    arrange(categoryList, nodes);
  }

  return {
    /** @param {Inventory} next */
    show(next) {
      inventory = next;
      draw();
    },
    /** The same again, such as at another hour of the day. */
    redraw() {
      if (inventory) draw();
    },
    /** @param {string} status */
    countOf: (status) => inventory?.byStatus.find((entry) => entry.status === status)?.count ?? 0,
  };
}

/**
 * @param {string} status
 * @param {string} word
 */
function tile(status, word) {
  const amount = element('strong');
  const detail = element('span', { class: 'muted' });
  const node = element('li', {}, element('a', { class: 'tile', href: addressOf(['items'], { status }) },
    element('span', { class: 'legend-word' }, swatch(status), word), amount, detail));
  return { node, amount, detail };
}

/**
 * @param {string} band
 * @param {string} word
 */
function bandColumn(band, word) {
  const bar = drawn('rect', { class: `fill-${band}`, width: '100%', rx: 4 });
  const amount = element('b');
  const link = element('a', { class: 'tile' },
    drawn('svg', { class: 'column', width: '100%', height: COLUMN_HEIGHT, 'aria-hidden': 'true' }, bar),
    amount, element('span', { class: 'muted' }, word));
  const node = element('li', {}, link);
  return {
    node,
    link,
    /**
     * @param {number} size
     * @param {number} largest
     * @param {string} text
     */
    update(size, largest, text) {
      const height = size > 0 ? Math.max((COLUMN_HEIGHT * size) / largest, THINNEST_COLUMN) : 0;
      bar.setAttribute('y', COLUMN_HEIGHT - height);
      bar.setAttribute('height', height);
      amount.textContent = text;
    },
  };
}

/** @param {Inventory['byCategory'][number]} entry */
function categoryRow({ category }) {
  const bar = stackedBar(9);
  const mark = drawn('circle', { cx: 5, cy: 5, r: 5 });
  const word = element('span');
  const name = element('a', { class: 'plain', href: addressOf(['items'], { category: category?.id ?? 'none' }) }, word);
  const figures = element('span', { class: 'muted' });
  const node = element('li', {},
    drawn('svg', { class: 'swatch', width: 10, height: 10, 'aria-hidden': 'true' }, mark), name, figures, bar.svg);
  return {
    node,
    /**
     * @param {Inventory['byCategory'][number]} entry
     * @param {number} longest
     * @param {boolean} byValue
     */
    update(entry, longest, byValue) {
      word.textContent = entry.name ?? t('No category');
      mark.setAttribute('fill', entry.category?.color ?? 'currentColor');
      const attention = listed([
        entry.expiredItems > 0 ? n(entry.expiredItems, '{count} expired', '{count} expired') : null,
        entry.expiringItems > 0 ? n(entry.expiringItems, '{count} soon', '{count} soon') : null,
      ].filter(Boolean));
      figures.textContent = byValue ? value(entry.totalValue)
        : attention === '' ? n(entry.totalItems, '{count} item', '{count} items')
        : n(entry.totalItems, '{attention} of {count} item', '{attention} of {count} items', { attention });
      const parts = CATEGORY_KEYS.map(([key, counted, valued]) =>
        ({ key, size: byValue ? Number(entry[valued]) : entry[counted] }));
      bar.draw(parts, longest, labelled(word.textContent, listed(parts.filter(({ size }) => size > 0)
        .map(({ key, size }) => `${statusWord[key]} ${byValue ? value(size) : number(size)}`))));
    },
  };
}

/**
 * The dates of a band's items.
 * @param {Schema.AgingBand} band
 * @param {string} today
 */
function datesOf(band, today) {
  const [from, to] = { OVERDUE: [null, -1], DAYS_0_7: [0, 7], DAYS_8_30: [8, 30], DAYS_31_60: [31, 60], DAYS_61_90: [61, 90], LATER: [91, null] }[band];
  return { from: from === null ? '' : daysAfter(today, from), to: to === null ? '' : daysAfter(today, to) };
}

/**
 * @param {number} hourNow
 * @param {string} name
 */
function greetingAt(hourNow, name) {
  if (hourNow >= 5 && hourNow < 12) return t('Good morning, {name}', { name });
  return hourNow >= 12 && hourNow < 18 ? t('Good afternoon, {name}', { name }) : t('Good evening, {name}', { name });
}

/**
 * @param {Inventory['total']} total
 * @param {Record<string, Inventory['byStatus'][number]>} totals
 */
function inWords(total, { EXPIRED: expired, EXPIRING_SOON: soon }) {
  if (total.count === 0) return t('Nothing is in stock yet. Add the first item below.');
  if (expired.count === 0 && soon.count === 0) return t('Everything is good, and nothing expires soon.');
  if (expired.count === 0) {
    return n(soon.count, 'Nothing has expired. {count} item expires soon, worth {value}.', 'Nothing has expired. {count} items expire soon, worth {value}.', { value: value(soon.value) });
  }
  const past = n(expired.count, '{count} item has expired, worth {value}.', '{count} items have expired, worth {value}.', { value: value(expired.value) });
  const more = soon.count === 0 ? t('Nothing else expires soon.')
    : n(soon.count, '{count} more expires soon, worth {value}.', '{count} more expire soon, worth {value}.', { value: value(soon.value) });
  return `${past} ${more}`;
}
