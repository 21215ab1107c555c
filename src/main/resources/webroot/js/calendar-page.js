import { asUtc, civil, daysInWords, labelled, longDate, number, quantity, shortValue, statusWord, value } from './format.js';
import { CALENDAR_AGENDA, STOCK_BY_DAY, STOCK_BY_PLACE } from './operations.js';
import { addressOf } from './router.js';
import { Views } from './stock-pages.js';
import { Card, Waiting, html, usePages, useRead } from './ui.js';
import { LANGUAGE, n, t } from './words.js';

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
/** How many shades a day may have. */
const SHADES = 4;

const monthLong = civil({ month: 'long', year: 'numeric' });
const weekdayLong = civil({ weekday: 'long' });
const weekdayShort = civil({ weekday: 'short' });

/**
 * A month such as `2026-11`, in words.
 * @param {string} month
 */
const monthName = (month) => monthLong.format(asUtc(`${month}-01`));

/** @param {string} month */
const daysInMonth = (month) => new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate();

/** The days of a week in the reader's order, by the numbers that `getUTCDay` tells. */
function weekdays() {
  const locale = new Intl.Locale(LANGUAGE);
  const first = (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1;
  return Array.from({ length: 7 }, (_, index) => {
    const day = (first + index) % 7;
    // The first day of 2023 was a Sunday.
    const known = Date.UTC(2023, 0, 1 + day);
    return { day, short: weekdayShort.format(known), long: weekdayLong.format(known) };
  });
}

/**
 * A month of dates: each day as dark as much bears its date, and what it is beneath.
 * @param {{ session: Session, query: URLSearchParams }} props
 */
export function CalendarPage({ session, query }) {
  const today = session.today();
  const asked = query.get('month') ?? '';
  const month = MONTH.test(asked) ? asked : today.slice(0, 7);
  const byValue = query.get('by') === 'value';
  const part = partOf(query);
  const from = `${month}-01`;
  const to = `${month}-${String(daysInMonth(month)).padStart(2, '0')}`;
  const { data, failure } = useRead(session, STOCK_BY_DAY, { from, to, ...part.asked }, ['items', 'categories']);
  const places = useRead(session, STOCK_BY_PLACE, {}, ['items']);
  /** @param {Record<string, string>} changes */
  const choose = (changes) => session.go(addressOf(['calendar'], { ...Object.fromEntries(query), ...changes }));
  /** @param {Record<string, string>} changes */
  const at = (changes) => addressOf(['calendar'], { ...Object.fromEntries(query), ...changes });
  const days = new Map((data?.stockByDay ?? []).map((each) => [each.date, each]));
  const total = [...days.values()].reduce((sum, each) => ({ count: sum.count + each.count, value: sum.value + Number(each.value) }), { count: 0, value: 0 });
  /**
   * @param {string} first
   * @param {string} last
   */
  const toItems = (first, last) => addressOf(['items'], { from: first, to: last, ...part.words });

  return html`
    <section class="headline"><h1 tabindex="-1">${t('Calendar')}</h1>
      <p class="lead">${t('How much has its date on which day. A day opens its items.')}</p><${Views} chosen="calendar" /></section>
    <${Card} title=${monthName(month)} actions=${html`
      <a class="step" href=${at({ month: stepped(month, -1) })} aria-label=${t('Month before: {month}', { month: monthName(stepped(month, -1)) })}>‹</a>
      <a class="step" href=${at({ month: '' })} aria-current=${month === today.slice(0, 7) ? 'true' : undefined}>${t('This month')}</a>
      <a class="step" href=${at({ month: stepped(month, 1) })} aria-label=${t('Month after: {month}', { month: monthName(stepped(month, 1)) })}>›</a>
      <button type="button" class="quiet small" onClick=${() => print()}>${t('Print')}</button>`}>
      <div class="span calendar-tools">
        <label>${t('Show')} <select onChange=${({ target }) => choose({ category: '', place: '', ...Object.fromEntries(new URLSearchParams(target.value)) })}>
          <option value="" selected=${part.key === ''}>${t('Everything')}</option>
          <optgroup label=${t('Categories')}>${[...session.categories(), { id: 'none', name: t('No category') }].map(({ id, name }) => option(`category=${id}`, name, part.key))}</optgroup>
          ${places.data && html`<optgroup label=${t('Places')}>${placesOf(places.data, part).map((name) => option(new URLSearchParams({ place: name }).toString(), name, part.key))}</optgroup>`}
        </select></label>
        <div class="switch small" role="group" aria-label=${t('Shade by')}>
          <button type="button" aria-pressed=${String(!byValue)} onClick=${() => choose({ by: '' })}>${t('Items')}</button>
          <button type="button" aria-pressed=${String(byValue)} onClick=${() => choose({ by: 'value' })}>${t('Value')}</button>
        </div>
        <p class="muted" role="status">${data && (total.count === 0 ? t('No date falls in this month.')
          : html`<a href=${toItems(from, to)}>${itemsWorth(total)}</a>`)}</p>
      </div>
      ${data === null ? html`<${Waiting} failure=${failure} />` : html`<${Month} month=${month} days=${days} byValue=${byValue} today=${today} addressOfDay=${(day) => toItems(day, day)} />`}
    </${Card}>
    <${Agenda} key=${`${month} ${part.key}`} session=${session} part=${part} days=${days} from=${from} to=${to} today=${today} addressOfDay=${(day) => toItems(day, day)} />`;
}

/**
 * So many items of such a value, in words.
 * @param {{ count: number; value: string | number }} of
 */
const itemsWorth = (of) => n(of.count, '{count} item, worth {value}', '{count} items, worth {value}', { value: value(of.value) });

/**
 * @param {string} key
 * @param {string} word
 * @param {string} chosen
 */
const option = (key, word, chosen) => html`<option key=${key} value=${key} selected=${key === chosen}>${word}</option>`;

/**
 * What the calendar is of: what the API is asked by, and what the list of items is.
 * @param {URLSearchParams} query
 * @returns {PartOfStock}
 */
function partOf(query) {
  const category = query.get('category');
  const place = query.get('place');
  if (category === 'none') return { key: 'category=none', asked: { withoutCategory: true }, filter: { withoutCategory: true }, words: { category } };
  if (category) return { key: `category=${category}`, asked: { categoryId: category }, filter: { categoryId: [category] }, words: { category } };
  if (place) return { key: new URLSearchParams({ place }).toString(), asked: { location: place }, filter: { location: place }, words: { place } };
  return { key: '', asked: {}, filter: {}, words: {} };
}

/**
 * @param {Answer<'STOCK_BY_PLACE'>} answer
 * @param {PartOfStock} part
 */
function placesOf({ inventory }, part) {
  const names = inventory.byLocation.map(({ location }) => location).filter(Boolean);
  return part.words.place && !names.includes(part.words.place) ? [part.words.place, ...names] : names;
}

/**
 * @param {string} month
 * @param {number} by
 */
function stepped(month, by) {
  const [year, number_] = month.split('-').map(Number);
  const index = year * 12 + number_ - 1 + by;
  return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}`;
}

/**
 * The month as a table, whose weeks begin as they do where the reader lives.
 * @param {{ month: string, days: Map<string, Answer<'STOCK_BY_DAY'>['stockByDay'][number]>, byValue: boolean, today: string, addressOfDay: (day: string) => string }} props
 */
function Month({ month, days, byValue, today, addressOfDay }) {
  /** @param {{ count: number; value: string }} each */
  const size = (each) => (byValue ? Number(each.value) : each.count);
  const most = Math.max(0, ...[...days.values()].map(size));
  const heads = weekdays();
  const dates = Array.from({ length: daysInMonth(month) }, (_, index) => `${month}-${String(index + 1).padStart(2, '0')}`);
  const before = heads.findIndex(({ day }) => day === new Date(`${dates[0]}T00:00:00Z`).getUTCDay());
  const cells = [...Array.from({ length: before }, () => null), ...dates];
  while (cells.length % 7 !== 0) cells.push(null);
  const weeks = Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
  return html`<table class="month">
    <caption class="hidden">${byValue ? t('{month}, by value', { month: monthName(month) })
      : t('{month}, by number of items', { month: monthName(month) })}</caption>
    <thead><tr>${heads.map(({ short, long }) => html`<th key=${long} scope="col"><abbr title=${long}>${short}</abbr></th>`)}</tr></thead>
    <tbody>${weeks.map((week, row) => html`<tr key=${row}>${week.map((day, column) => {
      if (day === null) return html`<td key=${column}></td>`;
      const found = days.get(day);
      const shade = found && most > 0 ? Math.max(1, Math.ceil((SHADES * size(found)) / most)) : 0;
      const dayOfMonth = Number(day.slice(8));
      return html`<td key=${day} class=${`shade-${shade} ${day < today ? 'past' : ''}`} aria-current=${day === today ? 'date' : undefined}>${found
        ? html`<a href=${addressOfDay(day)}><span class="hidden">${labelled(longDate(day), itemsWorth(found))}</span>
          <span aria-hidden="true" class="day-number">${dayOfMonth}</span><b aria-hidden="true">${
            byValue ? shortValue(Math.round(Number(found.value))) : number(found.count)}</b></a>`
        : html`<span><span class="day-number">${dayOfMonth}</span></span>`}</td>`;
    })}</tr>`)}</tbody>
  </table>`;
}

/** @param {{ session: Session, part: PartOfStock, days: Map<string, Answer<'STOCK_BY_DAY'>['stockByDay'][number]>, from: string, to: string, today: string, addressOfDay: (day: string) => string }} props */
function Agenda({ session, part, days, from, to, today, addressOfDay }) {
  const filter = { ...part.filter, expiryDate: { from, to } };
  const { rows, more, failure } = usePages(session, CALENDAR_AGENDA, { filter }, 'items', ['items', 'categories'], 50);
  const byDay = Map.groupBy(rows ?? [], ({ expiryDate }) => expiryDate ?? '');
  return html`<${Card} title=${t('Agenda')}>
    ${rows === null ? html`<${Waiting} failure=${failure} />`
      : rows.length === 0 ? html`<p class="empty">${t('No item has its date in this month.')}</p>`
      : [...byDay].map(([day, items]) => html`<section key=${day} class="agenda-day">
        <h3><a class="plain" href=${addressOfDay(day)}>${longDate(day)}</a>
          <span class="muted"> ${[day === today ? t('today') : daysInWords(items[0].daysLeft ?? 0),
            days.has(day) && t('worth {value}', { value: value(days.get(day).value) })].filter(Boolean).join(' · ')}</span></h3>
        <ul>${items.map((item) => html`<li key=${item.id}><a class="plain" href=${addressOf(['items', item.id])}>${item.name}</a>
          <span class="muted"> ${[quantity(item.quantity, item.unit), item.location, item.category?.name].filter(Boolean).join(' · ')}</span>
          <span class=${`status ${item.status}`}>${statusWord[item.status]}</span></li>`)}</ul>
      </section>`)}
    ${more && html`<button type="button" class="more" onClick=${more}>${t('Show more')}</button>`}
  </${Card}>`;
}
