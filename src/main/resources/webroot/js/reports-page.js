import { outcomeDrawing, reportDrawing } from './charts.js';
import { confirmed, say } from './dom.js';
import { BANDS, OUTCOMES, count, date, dayAndTime, daysAfter, longDate, mondayBefore, number, percent, value } from './format.js';
import { DELETE_REPORT, GENERATE_REPORT, REPORT_LIST, REPORT_OF_DAY } from './operations.js';
import { addressOf } from './router.js';
import { Card, Waiting, html, useEffect, useRead, useRef } from './ui.js';

const DATE = /^\d{4}-\d\d-\d\d$/;
const MOST = 366;
const INTERVALS = [['DAY', 'days'], ['WEEK', 'weeks'], ['MONTH', 'months']];
const FIGURES = [
  ['In stock', 'totalItems', 'totalValue'], ['Good for longer', 'activeItems', 'activeValue'], ['Expires soon', 'expiringItems', 'expiringValue'],
  ['Expired', 'expiredItems', 'expiredValue'], ['No date', 'undatedItems', 'undatedValue'],
];

/** The reports of a span of days, what left the stock in it, and one report in full. */
export function ReportsPage({ session, query }) {
  const today = session.today();
  const to = dayOf(query, 'to') ?? today;
  const from = dayOf(query, 'from') ?? daysAfter(to, -29);
  const by = INTERVALS.some(([key]) => key === query.get('by')) ? query.get('by') : 'WEEK';
  const day = dayOf(query, 'day');
  // No trend is asked for beyond a year, and none that begins after its end.
  const trendFrom = from > to ? to : from < daysAfter(to, 1 - MOST) ? daysAfter(to, 1 - MOST) : from;
  const { data, failure, again } = useRead(session, REPORT_LIST, { first: MOST, from, to, trendFrom, by }, ['reports']);
  const choose = (changes) => session.go(addressOf(['reports'], { ...Object.fromEntries(query), ...changes }));

  async function write() {
    try {
      const { userErrors } = (await session.api.request(GENERATE_REPORT, { input: {} })).generateReport;
      say(userErrors[0]?.message ?? 'Today’s report was written.');
      session.changed('reports');
      again();
    } catch (error) {
      session.onFailure(error);
    }
  }

  const reports = data?.reports.nodes;
  return html`
    <section class="headline"><h1 tabindex="-1">Reports</h1>
      <p class="lead">How things stood at the turn of each day, and what became of what left the stock.</p></section>
    <${Card} title="Span" actions=${!session.isViewer() && html`<button type="button" class="quiet" onClick=${write}>Write today’s report</button>`}>
      <div class="span">
        <label>From <input type="date" value=${from} max=${to} onChange=${(event) => event.target.value && choose({ from: event.target.value })} /></label>
        <label>until <input type="date" value=${to} max=${today} onChange=${(event) => event.target.value && choose({ to: event.target.value })} /></label>
        <label>What left, by <select onChange=${(event) => choose({ by: event.target.value })}>
          ${INTERVALS.map(([key, word]) => html`<option key=${key} value=${key} selected=${key === by}>${word}</option>`)}</select></label>
        <p class="chips">${[['30 days', 29], ['90 days', 89], ['a year', 365]].map(([word, days]) => html`<a key=${word} class="chip"
          href=${addressOf(['reports'], { by, from: daysAfter(today, -days) })}
          aria-current=${to === today && from === daysAfter(today, -days) ? 'true' : undefined}>${word}</a>`)}</p>
      </div>
    </${Card}>
    ${day && html`<${OneReport} key=${day} session=${session} day=${day} query=${query} />`}
    ${!data ? html`<${Waiting} failure=${failure} />` : html`
      <${Card} title="Values, day by day">${reports.length === 0
        ? html`<p class="empty">No report in this span. One is written at every turn of the day.</p>`
        : html`<${Drawing} make=${reportDrawing} points=${[...reports].reverse()} today=${today} />`}</${Card}>
      <${Card} title="What left the stock">${data.reportTrend.every(({ outcomes }) => outcomes.every((each) => each.count === 0))
        ? html`<p class="empty">Nothing left the stock in this span.</p>`
        : html`<${Drawing} make=${outcomeDrawing} points=${data.reportTrend} today=${today} />
          <${Table} summary="As a table" headings=${['From', ...OUTCOMES.map(([, word]) => word), 'Waste']}
            rows=${[...data.reportTrend].reverse().map((point) => [date(point.from, today), ...point.outcomes.map((each) => value(each.value)),
              point.wasteRate === null ? '–' : percent(point.wasteRate)])} />`}</${Card}>
      ${reports.length > 0 && html`<${Card} title="All reports" hint=${`${count(data.reports.totalCount, 'report', 'reports')} in this span. A day opens its report.`}>
        <${Scroll} label="Figures of all reports"><table>
          <thead><tr>${['Day', 'Items', 'Worth', 'Expires soon', 'Expired', 'Thrown away', 'Waste'].map((word) => html`<th key=${word} scope="col">${word}</th>`)}</tr></thead>
          <tbody>${reports.map((report) => html`<tr key=${report.id}>
            <th scope="row"><a href=${addressOf(['reports'], { ...Object.fromEntries(query), day: report.date })}>${date(report.date, today)}</a></th>
            <td>${number(report.totalItems)}</td><td>${value(report.totalValue)}</td><td>${value(report.expiringValue)}</td>
            <td>${value(report.expiredValue)}</td><td>${value(report.discardedValue)}</td><td>${report.wasteRate === null ? '–' : percent(report.wasteRate)}</td></tr>`)}</tbody>
        </table></${Scroll}></${Card}>`}`}`;
}

/** A report beside the one before it. */
function OneReport({ session, day, query }) {
  const { data, failure } = useRead(session, REPORT_OF_DAY, { date: day }, ['reports']);
  const closed = addressOf(['reports'], { ...Object.fromEntries(query), day: '' });
  if (data === null) return html`<${Card} title=${longDate(day)}><${Waiting} failure=${failure} /></${Card}>`;
  const { report } = data;
  if (!report) {
    return html`<${Card} title=${longDate(day)} actions=${html`<a href=${closed}>Close</a>`}><p class="empty">There is no report of this day.</p></${Card}>`;
  }
  const before = report.previous;
  const remove = async () => {
    if (!await confirmed({ title: `Delete the report of ${longDate(day)}?`, text: 'It is gone for good: of a day that is past no report can be written again.', word: 'Delete' })) return;
    try {
      const { userErrors } = (await session.api.request(DELETE_REPORT, { input: { id: report.id } })).deleteReport;
      say(userErrors[0]?.message ?? 'The report was deleted.');
      session.changed('reports');
      if (userErrors.length === 0) session.go(closed);
    } catch (error) {
      session.onFailure(error);
    }
  };
  const change = (field) => {
    if (!before) return '–';
    const more = Number(report[field]) - Number(before[field]);
    return more === 0 ? 'same' : `${more > 0 ? '+' : '−'}${field.endsWith('Items') ? number(Math.abs(more)) : value(Math.abs(more))}`;
  };
  const totals = (rows, nameOf) => rows.map((row) => [nameOf(row), number(row.totalItems), value(row.totalValue), number(row.expiringItems), value(row.expiringValue), number(row.expiredItems), value(row.expiredValue)]);
  const heads = ['Items', 'worth', 'Soon', 'worth', 'Expired', 'worth'];
  return html`<${Card} title=${longDate(day)} hint=${`Written ${dayAndTime(report.generatedAt, session.timeZone())}${before ? `; beside it the report of ${date(before.date, session.today())}` : ''}.`}
    actions=${html`${!session.isViewer() && html`<button type="button" class="quiet small" onClick=${remove}>Delete</button>`}<button type="button" class="quiet small" onClick=${() => print()}>Print</button><a href=${closed}>Close</a>`}>
    <${Scroll} label="Figures of the report"><table>
      <thead><tr>${['', 'Items', 'Change', 'Worth', 'Change'].map((word, at) => html`<th key=${at} scope="col">${word || html`<span class="hidden">Figure</span>`}</th>`)}</tr></thead>
      <tbody>${FIGURES.map(([word, items, worth]) => html`<tr key=${word}><th scope="row">${word}</th>
        <td>${number(report[items])}</td><td class="muted">${change(items)}</td><td>${value(report[worth])}</td><td class="muted">${change(worth)}</td></tr>`)}
        <tr><th scope="row">Thrown away since</th><td></td><td></td><td>${value(report.discardedValue)}</td><td class="muted">${change('discardedValue')}</td></tr>
        <tr><th scope="row">Waste</th><td></td><td></td><td>${report.wasteRate === null ? '–' : percent(report.wasteRate)}</td><td></td></tr></tbody>
    </table></${Scroll}>
    <${Table} summary="By category" headings=${['Category', ...heads]} rows=${totals(report.byCategory, ({ name }) => name ?? 'No category')} />
    ${report.byLocation.length > 0 && html`<${Table} summary="By place" headings=${['Place', ...heads]} rows=${totals(report.byLocation, ({ location }) => location ?? 'No place')} />`}
    ${report.aging.length > 0 && html`<${Table} summary="By days to the date" headings=${['Days', 'Items', 'Worth']}
      rows=${report.aging.map(({ band, ...each }) => [BANDS.find(([key]) => key === band)[1], number(each.count), value(each.value)])} />`}
    ${report.outcomes.length > 0 && html`<${Table} summary="What left since the report before" headings=${['Outcome', 'Times', 'Worth']}
      rows=${report.outcomes.map(({ outcome, ...each }) => [OUTCOMES.find(([key]) => key === outcome)[1], number(each.count), value(each.value)])} />`}
  </${Card}>`;
}

/** One of the drawings, which draw themselves. */
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

const Scroll = ({ label, children }) => html`<div class="scroll" tabindex="0" role="region" aria-label=${label}>${children}</div>`;

function Table({ summary, headings, rows }) {
  return html`<details><summary>${summary}</summary><${Scroll} label=${summary}><table>
    <thead><tr>${headings.map((word, at) => html`<th key=${at} scope="col">${word}</th>`)}</tr></thead>
    <tbody>${rows.map(([name, ...figures], at) => html`<tr key=${at}><th scope="row">${name}</th>${figures.map((figure, column) => html`<td key=${column}>${figure}</td>`)}</tr>`)}</tbody>
  </table></${Scroll}></details>`;
}

function dayOf(query, name) {
  const day = query.get(name);
  return DATE.test(day ?? '') ? day : null;
}
