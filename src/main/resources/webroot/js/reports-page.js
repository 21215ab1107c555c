import { outcomeDrawing, reportDrawing } from './charts.js';
import { confirmed, say } from './dom.js';
import { BANDS, OUTCOMES, date, dayAndTime, daysAfter, longDate, number, percent, value } from './format.js';
import { DELETE_REPORT, GENERATE_REPORT, REPORT_LIST, REPORT_OF_DAY } from './operations.js';
import { addressOf } from './router.js';
import { Card, Waiting, html, useEffect, useRead, useRef } from './ui.js';
import { n, t } from './words.js';

const DATE = /^\d{4}-\d\d-\d\d$/;
const MOST = 366;
/** @type {Words<Schema.ReportInterval>} */
const INTERVALS = [['DAY', t('By day')], ['WEEK', t('By week')], ['MONTH', t('By month')]];
/** @type {[string, number][]} */
const SPANS = [[t('30 days'), 29], [t('90 days'), 89], [t('a year'), 365]];
/** @type {[string, `${OfStatus | 'total'}Items`, `${OfStatus | 'total'}Value`][]} */
const FIGURES = [
  [t('In stock'), 'totalItems', 'totalValue'], [t('Good for longer'), 'activeItems', 'activeValue'],
  [t('Expires soon'), 'expiringItems', 'expiringValue'], [t('Expired'), 'expiredItems', 'expiredValue'],
  [t('No date'), 'undatedItems', 'undatedValue'],
];
const COLUMNS = [t('Day'), t('Items'), t('Worth'), t('Expires soon'), t('Expired'), t('Thrown away'), t('Waste')];

/**
 * The reports of a span of days, what left the stock in it, and one report in full.
 * @param {{ session: Session, query: URLSearchParams }} props
 */
export function ReportsPage({ session, query }) {
  const today = session.today();
  const to = dayOf(query, 'to') ?? today;
  const from = dayOf(query, 'from') ?? daysAfter(to, -29);
  const [by] = INTERVALS.find(([key]) => key === query.get('by')) ?? INTERVALS[1];
  const day = dayOf(query, 'day');
  // No trend is asked for beyond a year, and none that begins after its end.
  const trendFrom = from > to ? to : from < daysAfter(to, 1 - MOST) ? daysAfter(to, 1 - MOST) : from;
  const { data, failure, again } = useRead(session, REPORT_LIST, { first: MOST, from, to, trendFrom, by }, ['reports']);
  /** @param {Record<string, string>} changes */
  const choose = (changes) => session.go(addressOf(['reports'], { ...Object.fromEntries(query), ...changes }));

  async function write() {
    try {
      const { userErrors } = (await session.api.request(GENERATE_REPORT, { input: {} })).generateReport;
      say(userErrors[0]?.message ?? t('Today’s report was written.'));
      session.changed('reports');
      again();
    } catch (error) {
      session.onFailure(error);
    }
  }

  const reports = data?.reports.nodes ?? [];
  return html`
    <section class="headline"><h1 tabindex="-1">${t('Reports')}</h1>
      <p class="lead">${t('How things stood at the beginning of each day, and what became of what left the stock.')}</p></section>
    <${Card} title=${t('Span of days')} actions=${!session.isViewer() && html`<button type="button" class="quiet" onClick=${write}>${t('Write today’s report')}</button>`}>
      <div class="span">
        <label>${t('From|date')} <input type="date" value=${from} max=${to} onChange=${(event) => event.target.value && choose({ from: event.target.value })} /></label>
        <label>${t('until|date')} <input type="date" value=${to} max=${today} onChange=${(event) => event.target.value && choose({ to: event.target.value })} /></label>
        <label>${t('What left the stock')} <select onChange=${(event) => choose({ by: event.target.value })}>
          ${INTERVALS.map(([key, word]) => html`<option key=${key} value=${key} selected=${key === by}>${word}</option>`)}</select></label>
        <p class="chips">${SPANS.map(([word, days]) => html`<a key=${word} class="chip"
          href=${addressOf(['reports'], { by, from: daysAfter(today, -days) })}
          aria-current=${to === today && from === daysAfter(today, -days) ? 'true' : undefined}>${word}</a>`)}</p>
      </div>
    </${Card}>
    ${day && html`<${OneReport} key=${day} session=${session} day=${day} query=${query} />`}
    ${!data ? html`<${Waiting} failure=${failure} />` : html`
      <${Card} title=${t('Values, day by day')}>${reports.length === 0
        ? html`<p class="empty">${t('No report in this span. One is written at the beginning of each day.')}</p>`
        : html`<${Drawing} make=${reportDrawing} points=${[...reports].reverse()} today=${today} />`}</${Card}>
      <${Card} title=${t('What left the stock')}>${data.reportTrend.every(({ outcomes }) => outcomes.every((each) => each.count === 0))
        ? html`<p class="empty">${t('Nothing left the stock in this span.')}</p>`
        : html`<${Drawing} make=${outcomeDrawing} points=${data.reportTrend} today=${today} />
          <${Table} summary=${t('As a table')} headings=${[t('From|date'), ...OUTCOMES.map(([, word]) => word), t('Waste')]}
            rows=${[...data.reportTrend].reverse().map((point) => [date(point.from, today), ...point.outcomes.map((each) => value(each.value)),
              point.wasteRate === null ? '–' : percent(point.wasteRate)])} />`}</${Card}>
      ${reports.length > 0 && html`<${Card} title=${t('All reports')} hint=${
        n(data.reports.totalCount, '{count} report in this span. A day opens its report.', '{count} reports in this span. A day opens its report.')}>
        <${Scroll} label=${t('Figures of all reports')}><table>
          <thead><tr>${COLUMNS.map((word, at) => html`<th key=${at} scope="col">${word}</th>`)}</tr></thead>
          <tbody>${reports.map((report) => html`<tr key=${report.id}>
            <th scope="row"><a href=${addressOf(['reports'], { ...Object.fromEntries(query), day: report.date })}>${date(report.date, today)}</a></th>
            <td>${number(report.totalItems)}</td><td>${value(report.totalValue)}</td><td>${value(report.expiringValue)}</td>
            <td>${value(report.expiredValue)}</td><td>${value(report.discardedValue)}</td><td>${report.wasteRate === null ? '–' : percent(report.wasteRate)}</td></tr>`)}</tbody>
        </table></${Scroll}></${Card}>`}`}`;
}

/**
 * A report beside the one before it.
 * @param {{ session: Session, day: string, query: URLSearchParams }} props
 */
function OneReport({ session, day, query }) {
  const { data, failure } = useRead(session, REPORT_OF_DAY, { date: day }, ['reports']);
  const closed = addressOf(['reports'], { ...Object.fromEntries(query), day: '' });
  if (data === null) return html`<${Card} title=${longDate(day)}><${Waiting} failure=${failure} /></${Card}>`;
  const { report } = data;
  if (!report) {
    return html`<${Card} title=${longDate(day)} actions=${html`<a href=${closed}>${t('Close')}</a>`}>
      <p class="empty">${t('There is no report of this day.')}</p></${Card}>`;
  }
  const before = report.previous;
  const remove = async () => {
    const isSure = await confirmed({
      title: t('Delete the report of {date}?', { date: longDate(day) }), word: t('Delete'),
      text: t('It is gone for good: no report can be written again for a day that is past.'),
    });
    if (!isSure) return;
    try {
      const { userErrors } = (await session.api.request(DELETE_REPORT, { input: { id: report.id } })).deleteReport;
      say(userErrors[0]?.message ?? t('The report was deleted.'));
      session.changed('reports');
      if (userErrors.length === 0) session.go(closed);
    } catch (error) {
      session.onFailure(error);
    }
  };
  /** @param {`${OfStatus | 'total'}${'Items' | 'Value'}` | 'discardedValue'} field */
  const change = (field) => {
    if (!before) return '–';
    const more = Number(report[field]) - Number(before[field]);
    return more === 0 ? t('same') : `${more > 0 ? '+' : '−'}${field.endsWith('Items') ? number(Math.abs(more)) : value(Math.abs(more))}`;
  };
  /**
   * @template {ReportRow} Row
   * @param {Row[]} rows
   * @param {(row: Row) => string} nameOf
   */
  const totals = (rows, nameOf) => rows.map((row) => [
    nameOf(row), number(row.totalItems), value(row.totalValue), number(row.expiringItems), value(row.expiringValue),
    number(row.expiredItems), value(row.expiredValue),
  ]);
  const heads = [t('Items'), t('worth'), t('Soon'), t('worth'), t('Expired'), t('worth')];
  const written = dayAndTime(report.generatedAt, session.timeZone());
  return html`<${Card} title=${longDate(day)} hint=${before
    ? t('Written {time}. It is compared with the report of {date}.', { time: written, date: date(before.date, session.today()) })
    : t('Written {time}.', { time: written })}
    actions=${html`${!session.isViewer() && html`<button type="button" class="quiet small" onClick=${remove}>${t('Delete')}</button>`}
      <button type="button" class="quiet small" onClick=${() => print()}>${t('Print')}</button><a href=${closed}>${t('Close')}</a>`}>
    <${Scroll} label=${t('Figures of the report')}><table>
      <thead><tr><th scope="col"><span class="hidden">${t('Figure')}</span></th>${[t('Items'), t('Difference'), t('Worth'), t('Difference')].map((word, at) => html`
        <th key=${at} scope="col">${word}</th>`)}</tr></thead>
      <tbody>${FIGURES.map(([word, items, worth]) => html`<tr key=${word}><th scope="row">${word}</th>
        <td>${number(report[items])}</td><td class="muted">${change(items)}</td><td>${value(report[worth])}</td><td class="muted">${change(worth)}</td></tr>`)}
        <tr><th scope="row">${t('Thrown away since')}</th><td></td><td></td><td>${value(report.discardedValue)}</td><td class="muted">${change('discardedValue')}</td></tr>
        <tr><th scope="row">${t('Waste')}</th><td></td><td></td><td>${report.wasteRate === null ? '–' : percent(report.wasteRate)}</td><td></td></tr></tbody>
    </table></${Scroll}>
    <${Table} summary=${t('By category')} headings=${[t('Category'), ...heads]} rows=${totals(report.byCategory, ({ name }) => name ?? t('No category'))} />
    ${report.byLocation.length > 0 && html`<${Table} summary=${t('By place')} headings=${[t('Place'), ...heads]} rows=${totals(report.byLocation, ({ location }) => location ?? t('No place'))} />`}
    ${report.aging.length > 0 && html`<${Table} summary=${t('By days to the date')} headings=${[t('Days'), t('Items'), t('Worth')]}
      rows=${report.aging.map(({ band, ...each }) => [BANDS.find(([key]) => key === band)?.[1], number(each.count), value(each.value)])} />`}
    ${report.outcomes.length > 0 && html`<${Table} summary=${t('What left since the report before')} headings=${[t('Outcome'), t('Times|how often'), t('Worth')]}
      rows=${report.outcomes.map(({ outcome, ...each }) => [OUTCOMES.find(([key]) => key === outcome)?.[1], number(each.count), value(each.value)])} />`}
  </${Card}>`;
}

/**
 * One of the drawings, which draw themselves.
 * @param {{ make: () => { node: Element; draw(points: any[], today: string): void }, points: any[], today: string }} props
 */
function Drawing({ make, points, today }) {
  const place = useRef(null);
  const drawing = useRef(null);
  useEffect(() => {
    if (drawing.current === null) {
      drawing.current = make();
      place.current.append(drawing.current.node);
    }
    drawing.current.draw(points, today);
  }, [points, today]);
  return html`<div ref=${place}></div>`;
}

/** @param {{ label: string, children: Markup }} props */
const Scroll = ({ label, children }) => html`<div class="scroll" tabindex="0" role="region" aria-label=${label}>${children}</div>`;

/** @param {{ summary: string, headings: string[], rows: string[][] }} props */
function Table({ summary, headings, rows }) {
  return html`<details><summary>${summary}</summary><${Scroll} label=${summary}><table>
    <thead><tr>${headings.map((word, at) => html`<th key=${at} scope="col">${word}</th>`)}</tr></thead>
    <tbody>${rows.map(([name, ...figures], at) => html`<tr key=${at}><th scope="row">${name}</th>${figures.map((figure, column) => html`<td key=${column}>${figure}</td>`)}</tr>`)}</tbody>
  </table></${Scroll}></details>`;
}

/**
 * @param {URLSearchParams} query
 * @param {string} name
 */
function dayOf(query, name) {
  const day = query.get(name);
  return DATE.test(day ?? '') ? day : null;
}
