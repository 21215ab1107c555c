import { newKey } from './api.js';
import { stackedBar } from './bars.js';
import { element, say } from './dom.js';
import { asked } from './bulk-actions.js';
import { date, labelled, number, percent, quantity, value } from './format.js';
import { textOrNull } from './form.js';
import { AT_RISK_IN_FULL, ITEMS_OF_PLACE, STOCK_BY_PLACE, UPDATE_ITEMS } from './operations.js';
import { addressOf } from './router.js';
import { Card, Waiting, html, useEffect, useRead, useRef, useState } from './ui.js';
import { listed, n, t } from './words.js';

const VIEWS = [
  ['items', t('List')], ['calendar', t('Calendar')], ['by-place', t('By place')], ['at-risk', t('At risk')], ['products', t('Products')],
  ['labels', t('Labels')], ['files', t('Files')],
];
const AHEAD = [
  [30, t('Within 30 days')], [90, t('Within 90 days')], [180, t('Within half a year')], [365, t('Within a year')],
  [3650, t('Within ten years')],
];
const PAGE = 100;
/** So many items are moved by one request. */
const MOVED_AT_ONCE = 500;

/**
 * The ways to look at the items.
 * @param {{ chosen: string }} props
 */
export const Views = ({ chosen }) => html`<nav class="chips views" aria-label=${t('Views of the items')}>${VIEWS.map(([key, word]) => html`
  <a key=${key} class="chip" href=${`#/${key}`} aria-current=${key === chosen ? 'page' : undefined}>${word}</a>`)}</nav>`;

/**
 * What each place holds; all of it can be moved to another.
 * @param {{ session: Session }} props
 */
export function ByPlace({ session }) {
  const { data, failure } = useRead(session, STOCK_BY_PLACE, {}, ['items']);
  const [moving, setMoving] = useState(null);
  const places = data?.inventory.byLocation ?? [];

  /** @param {PlaceOfStock} place */
  async function move(place) {
    const others = places.map(({ location }) => location).filter((name) => name && name !== place.location);
    const answer = await asked(moveWords(place), t('Move'),
      element('p', { class: 'wide' }, n(place.totalItems, '{count} item. What is used up stays where it was.',
        '{count} items. What is used up stays where it was.')),
      element('label', { class: 'wide' }, t('To|place'), element('input', { name: 'to', maxlength: 200, autocomplete: 'off', list: 'places-to', required: true })),
      element('datalist', { id: 'places-to' }, ...others.map((name) => element('option', { value: name }))));
    const to = answer && textOrNull(answer.to);
    if (!to) return;
    setMoving(place.location);
    try {
      const moved = await moveAll(session, place.location, to);
      say(moved.message ?? n(moved.count, '{count} item is in {place} now. The history can undo it.',
        '{count} items are in {place} now. The history can undo it.', { place: to }));
    } catch (error) {
      session.onFailure(error);
    } finally {
      setMoving(null);
      session.changed('items');
    }
  }

  /**
   * @param {PlaceOfStock} place
   * @param {Record<string, string>} [more]
   */
  const address = ({ location }, more = {}) => (location === null ? null : addressOf(['items'], { place: location, ...more }));
  return html`
    <section class="headline"><h1 tabindex="-1">${t('By place')}</h1>
      <p class="lead">${t('What is kept where. A place opens its items.')}</p><${Views} chosen="by-place" /></section>
    <${Card} title=${t('Places')}>
      ${data === null ? html`<${Waiting} failure=${failure} />`
        : places.length === 0 ? html`<p class="empty">${t('Nothing is in stock yet.')}</p>`
        : html`<div class="scroll" tabindex="0" role="region" aria-label=${t('Figures of the places')}><table class="places-table">
          <thead><tr>${[t('Place'), t('Items'), t('Worth'), t('Soon'), t('worth'), t('Expired'), t('worth')].map((word, at) => html`<th key=${at} scope="col">${word}</th>`)}
            ${!session.isViewer() && html`<th scope="col"><span class="hidden">${t('Move')}</span></th>`}</tr></thead>
          <tbody>${places.map((place) => html`<tr key=${place.location ?? ''}>
            <th scope="row">${place.location === null ? t('No place') : html`<a href=${address(place)}>${place.location}</a>`}</th>
            <td>${number(place.totalItems)}</td><td>${value(place.totalValue)}</td>
            <td>${linked(place.expiringItems, address(place, { status: 'EXPIRING_SOON' }), labelled(nameOf(place), t('Expires soon')))}</td><td>${value(place.expiringValue)}</td>
            <td>${linked(place.expiredItems, address(place, { status: 'EXPIRED' }), labelled(nameOf(place), t('Expired')))}</td><td>${value(place.expiredValue)}</td>
            ${!session.isViewer() && html`<td><button type="button" class="quiet small" disabled=${moving !== null} aria-label=${moveWords(place)}
              onClick=${() => move(place)}>${moving === place.location && moving !== null ? t('Moving …') : t('Move')}</button></td>`}
          </tr>`)}</tbody></table></div>`}
    </${Card}>`;
}

/** @param {PlaceOfStock} place */
const nameOf = ({ location }) => location ?? t('No place');

/** @param {PlaceOfStock} place */
const moveWords = ({ location: place }) => (place === null ? t('Move everything that has no place')
  : t('Move everything from {place}', { place }));

/**
 * @param {number} figure
 * @param {string | null} address
 * @param {string} words
 */
const linked = (figure, address, words) => (figure > 0 && address !== null
  ? html`<a href=${address} aria-label=${`${number(figure)}, ${words}`}>${number(figure)}</a>` : number(figure));

/**
 * Moves what is in stock of a place, some hundred at a time; what was moved stays so when one is refused.
 * @param {Session} session
 * @param {string | null} from
 * @param {string} to
 * @returns {Promise<{ message?: string; count: number }>}
 */
async function moveAll(session, from, to) {
  const filter = from === null ? { withoutLocation: true } : { location: from };
  const items = [];
  let after = null;
  do {
    /** @type {Answer<'ITEMS_OF_PLACE'>['items']} */
    const page = (await session.api.request(ITEMS_OF_PLACE, { first: PAGE, after, filter })).items;
    items.push(...page.nodes);
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  for (let at = 0; at < items.length; at += MOVED_AT_ONCE) {
    const some = items.slice(at, at + MOVED_AT_ONCE).map(({ id, version }) => ({ id, expectedVersion: version, location: to }));
    const { userErrors } = (await session.api.request(UPDATE_ITEMS, { input: { items: some }, key: newKey() })).updateItems;
    if (userErrors.length > 0) {
      const { message } = userErrors[0];
      return { count: at, message: n(at, '{count} item was moved, then: {message}', '{count} items were moved, then: {message}', { message }) };
    }
  }
  return { count: items.length };
}

/**
 * All that is likely to be left over on its date.
 * @param {{ session: Session, query: URLSearchParams }} props
 */
export function AtRisk({ session, query }) {
  const within = AHEAD.some(([days]) => String(days) === query.get('within')) ? Number(query.get('within')) : 90;
  const { data, failure } = useRead(session, AT_RISK_IN_FULL, { within }, ['items']);
  const today = session.today();
  const forecast = data?.atRisk;
  return html`
    <section class="headline"><h1 tabindex="-1">${t('At risk')}</h1>
      <p class="lead">${t('What will expire before it is used, if it is used as fast as in the last 90 days.')}</p><${Views} chosen="at-risk" /></section>
    <${Card} title=${t('Likely to be left over')} actions=${html`<button type="button" class="quiet small" onClick=${() => print()}>${t('Print')}</button>`}>
      <div class="span"><p class="chips">${AHEAD.map(([days, word]) => html`<a key=${days} class="chip"
        href=${addressOf(['at-risk'], { within: days === 90 ? '' : String(days) })} aria-current=${days === within ? 'true' : undefined}>${word}</a>`)}</p></div>
      ${!forecast ? html`<${Waiting} failure=${failure} />`
        : forecast.items === 0 ? html`<p class="empty">${t('Everything that expires by then is used in time.')}</p>`
        : html`<p class="risk-sum">${n(forecast.items, '{count} item, worth {value} when it expires: {quantities}.',
            '{count} items, worth {value} when they expire: {quantities}.', {
              value: value(forecast.value), quantities: listed(forecast.quantities.map((each) => quantity(each.quantity, each.unit))),
            })}${' '}${forecast.lots.length < forecast.items
            ? n(forecast.lots.length, 'The greatest loss:', 'The {count} greatest losses:') : ''}</p>
          <div class="scroll" tabindex="0" role="region" aria-label=${t('Items that will be left over')}><table>
            <thead><tr>${[t('Item'), t('Date'), t('In stock'), t('Used a day'), t('Left over'), t('Worth')].map((word, at) => html`<th key=${at} scope="col">${word}</th>`)}
              <th scope="col"><span class="hidden">${t('Part that is left over')}</span></th>
              ${!session.isViewer() && html`<th scope="col"><span class="hidden">${t('Take out')}</span></th>`}</tr></thead>
            <tbody>${forecast.lots.map(({ item, ...lot }) => html`<tr key=${item.id}>
              <th scope="row"><a class="plain" href=${addressOf(['items', item.id])}>${item.name}</a></th>
              <td>${date(item.expiryDate ?? today, today)}</td><td>${quantity(item.quantity, item.unit)}</td><td>${quantity(lot.dailyUse, item.unit)}</td>
              <td>${quantity(lot.quantity, item.unit)}</td><td>${value(lot.value)}</td>
              <td class="risk-part"><${Part} left=${Number(lot.quantity)} of=${Number(item.quantity)} /></td>
              ${!session.isViewer() && html`<td><button type="button" class="quiet small" aria-label=${t('Take out {name}', item)}
                onClick=${() => session.dialogs.takeOut(item)}>${t('Take out')}</button></td>`}
            </tr>`)}</tbody></table></div>`}
    </${Card}>`;
}

/** @param {{ left: number, of: number }} props */
function Part({ left, of }) {
  const place = useRef(null);
  const bar = useRef(null);
  useEffect(() => {
    if (bar.current === null) {
      bar.current = stackedBar(8);
      place.current.append(bar.current.svg);
    }
    bar.current.draw([{ key: 'EXPIRED', size: left }, { key: 'ACTIVE', size: of - left }], of, t('{part} left over', { part: percent(left / of) }));
  }, [left, of]);
  return html`<div ref=${place}></div>`;
}
