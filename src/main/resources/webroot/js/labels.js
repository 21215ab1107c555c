import { date } from './format.js';
import { LABELS, LABELS_OF } from './operations.js';
import { addressOf } from './router.js';
import { Views } from './stock-pages.js';
import { Card, Waiting, html, useAnswer, usePages } from './ui.js';
import { n, t } from './words.js';

/**
 * The sheets: labels across and down, as their makers name them.
 * @type {[string, string, number][]}
 */
const SHEETS = [
  ['L7160', t('Avery L7160: A4, 21 labels of 63.5 × 38.1 mm'), 21],
  ['L7163', t('Avery L7163: A4, 14 labels of 99.1 × 38.1 mm'), 14],
  ['A5160', t('Avery 5160: US Letter, 30 labels of 2⅝ × 1 in'), 30],
  ['roll', t('Label printer: one label of 62 × 29 mm on each page'), 1],
];
const CODES = [
  ['address', t('The address of the item in Expiry Tracker')],
  ['barcode', t('Its barcode, where it has one')],
  ['external', t('Its id in another program')],
  ['none', t('No code')],
];
const MOST = 500;
const READ_AT_ONCE = 100;

/**
 * Labels to stick on things: of the items that were chosen in the list, or that answer its filters.
 * @param {{ session: Session, query: URLSearchParams }} props
 */
export function Labels({ session, query }) {
  const ids = (query.get('ids') ?? '').split(',').filter((id) => id !== '').slice(0, MOST);
  return html`
    <section class="headline"><h1 tabindex="-1">${t('Labels')}</h1>
      <p class="lead">${t('Print them on a sheet of labels, at 100 % and without margins. A scan of the code opens the item.')}</p><${Views} chosen="labels" /></section>
    ${ids.length > 0 ? html`<${OfChosen} session=${session} query=${query} ids=${ids} />` : html`<${OfList} session=${session} query=${query} />`}`;
}

/** @param {{ session: Session, query: URLSearchParams, ids: string[] }} props */
function OfChosen({ session, query, ids }) {
  const { data, failure } = useAnswer(session, ids.join(), async (how) => {
    const found = [];
    for (let at = 0; at < ids.length; at += READ_AT_ONCE) {
      const answer = await session.api.read(LABELS_OF, { ids: ids.slice(at, at + READ_AT_ONCE) }, { ...how, onOld: null });
      if (answer === null) return null;
      found.push(...answer.nodes.filter(Boolean));
    }
    return found;
  }, ['items']);
  return html`<${Sheet} session=${session} query=${query} items=${data} failure=${failure} more=${null} />`;
}

/** @param {{ session: Session, query: URLSearchParams }} props */
function OfList({ session, query }) {
  const { rows, more, failure } = usePages(session, LABELS, { filter: filterOf(query) }, 'items', ['items'], 100);
  return html`<${Sheet} session=${session} query=${query} items=${rows} failure=${failure} more=${rows !== null && rows.length < MOST ? more : null} />`;
}

/**
 * @param {URLSearchParams} query
 * @returns {Schema.ItemFilter}
 */
function filterOf(query) {
  const words = query.get('search');
  const category = query.get('category');
  /** @type {any[]} */
  const status = (query.get('status') ?? '').split(',').filter((each) => each !== '');
  return {
    ...(status.length > 0 ? { status } : {}),
    ...(category === 'none' ? { withoutCategory: true } : category ? { categoryId: [category] } : {}),
    ...(words ? { search: words } : {}),
    ...(query.get('place') ? { location: query.get('place') } : {}),
    ...(query.get('from') || query.get('to') ? { expiryDate: { from: query.get('from') || null, to: query.get('to') || null } } : {}),
  };
}

/** @param {{ session: Session, query: URLSearchParams, items: Labelled[] | null, failure: Failure | null, more: (() => void) | null }} props */
function Sheet({ session, query, items, failure, more }) {
  const [sheet, , size] = SHEETS.find(([key]) => key === query.get('sheet')) ?? SHEETS[0];
  const code = CODES.some(([key]) => key === query.get('code')) ? query.get('code') : 'address';
  const copies = within(query.get('copies'), 1, 20, 1);
  const skipped = within(query.get('skip'), 0, size - 1, 0);
  /**
   * @param {string} name
   * @returns {(event: { target: any }) => void}
   */
  const change = (name) => ({ target }) => session.go(addressOf(['labels'], { ...Object.fromEntries(query), [name]: target.value }));
  const labels = (items ?? []).flatMap((item) => Array.from({ length: copies }, (_, copy) => ({ item, copy })));
  const places = [...Array.from({ length: skipped }, () => null), ...labels];
  const sheets = Array.from({ length: Math.ceil(places.length / size) }, (_, at) => places.slice(at * size, (at + 1) * size));
  return html`
    <${Card} title=${t('What is printed')} actions=${html`<button type="button" class="primary" disabled=${labels.length === 0} onClick=${() => print()}>${t('Print')}</button>`}>
      <div class="span labels-tools">
        <label class="broad">${t('Sheet')} <select onChange=${change('sheet')}>
          ${SHEETS.map(([key, word]) => html`<option key=${key} value=${key} selected=${key === sheet}>${word}</option>`)}</select></label>
        <label>${t('Code')} <select onChange=${change('code')}>
          ${CODES.map(([key, word]) => html`<option key=${key} value=${key} selected=${key === code}>${word}</option>`)}</select></label>
        <label>${t('Copies of each')} <input type="number" min="1" max="20" value=${copies} onChange=${change('copies')} /></label>
        ${size > 1 && html`<label>${t('Labels used already')} <input type="number" min="0" max=${size - 1} value=${skipped} onChange=${change('skip')} /></label>`}
      </div>
      <p class="muted" role="status">${items === null ? '' : onPages(labels.length, sheets.length)}
        ${' '}${t('For labels of some items only, choose them in the list first.')} <a href="#/items">${t('To the list')}</a></p>
      ${items === null && html`<${Waiting} failure=${failure} />`}
      ${items?.length === 0 && html`<p class="empty">${t('There are no items to print labels of.')}</p>`}
      ${more && html`<button type="button" class="more" onClick=${more}>${t('Take more items')}</button>`}
    </${Card}>
    ${sheets.map((each, at) => html`<div key=${at} class=${`sheet sheet-${sheet}`} role="group" aria-label=${t('Page {number}', { number: at + 1 })}>
      ${each.map((label, place) => (label === null ? html`<div key=${place} class="label"></div>`
        : html`<${Label} key=${place} item=${label.item} code=${code} today=${session.today()} />`))}</div>`)}`;
}

/**
 * So many labels on so many pages, in words.
 * @param {number} labels
 * @param {number} pages
 */
const onPages = (labels, pages) => t('{labels} on {pages}.', {
  labels: n(labels, '{count} label', '{count} labels'), pages: n(pages, '{count} page', '{count} pages'),
});

/** @param {{ item: Labelled, code: string, today: string }} props */
function Label({ item, code, today }) {
  const text = {
    address: new URL(addressOf(['items', item.id]), document.baseURI).href, barcode: item.barcode, external: item.externalId, none: null,
  }[code];
  return html`<div class="label">
    ${text && html`<img src=${`qr.svg?text=${encodeURIComponent(text)}`} alt="" loading="lazy" width="90" height="90" />`}
    <div><strong>${item.name}</strong>
      ${item.expiryDate && html`<span class="label-date">${t('good until {date}', { date: date(item.expiryDate, '') })}</span>`}
      <span>${[item.location, item.lotNumber && t('lot {number}', { number: item.lotNumber })].filter(Boolean).join(' · ')}</span>
      ${code === 'barcode' && item.barcode && html`<span>${item.barcode}</span>`}</div>
  </div>`;
}

/**
 * @param {string | null} word
 * @param {number} least
 * @param {number} most
 * @param {number} otherwise
 */
function within(word, least, most, otherwise) {
  const figure = Number(word);
  return word !== null && Number.isInteger(figure) && figure >= least && figure <= most ? figure : otherwise;
}
