import { byId, element, say } from './dom.js';
import { OUTCOMES, date, mondayBefore, number, percent, value } from './format.js';
import { outcomeDrawing, reportDrawing } from './charts.js';
import { GENERATE_REPORT, REPORTS } from './operations.js';
import { t } from './words.js';

/** Eleven whole weeks before this one. */
const DAYS_OF_WEEKS = 77;

/**
 * The reports of the last days and what left the stock in the last weeks: a drawing of each, their figures as tables, and
 * the latest report by category.
 * @param {{ api: Api; today: () => string; onFailure: (error: Failure) => void; isWanted: () => boolean }} options
 */
export function createReports({ api, today, onFailure, isWanted }) {
  const drawingPlace = byId('report-drawing');
  const tablePlace = byId('report-table');
  const outcomePlace = byId('outcome-drawing');
  const write = byId('write-report');
  const drawing = reportDrawing();
  const outcomes = outcomeDrawing();

  write.addEventListener('click', async () => {
    write.disabled = true;
    try {
      const { generateReport } = await api.request(GENERATE_REPORT, { input: {} });
      say(generateReport.userErrors[0]?.message ?? t('Today’s report was written.'));
      await load();
    } catch (error) {
      onFailure(error);
    } finally {
      write.disabled = false;
    }
  });

  async function load() {
    try {
      const found = await api.read(REPORTS, {
        from: mondayBefore(today(), DAYS_OF_WEEKS), to: today(),
      }, { isWanted, onOld: showFound });
      if (found !== null) showFound(found);
    } catch (error) {
      onFailure(error);
    }
  }

  /** @param {Answer<'REPORTS'>} answer */
  function showFound({ reports, latest, reportTrend }) {
    showOutcomes(reportTrend);
    show(reports.nodes.toReversed(), latest.nodes[0], reportTrend.toReversed());
  }

  /** @param {Weeks} weeks */
  function showOutcomes(weeks) {
    if (weeks.every(({ outcomes: each }) => each.every(({ count }) => count === 0))) {
      outcomePlace.replaceChildren(element('p', { class: 'empty' },
        t('Nothing has left the stock lately. Take things out as they are used, and this shows what became of them.')));
      return;
    }
    if (outcomes.node.parentElement !== outcomePlace) outcomePlace.replaceChildren(outcomes.node);
    outcomes.draw(weeks, today());
  }

  /**
   * @param {Answer<'REPORTS'>['reports']['nodes']} oldestFirst
   * @param {Answer<'REPORTS'>['latest']['nodes'][number] | undefined} latest
   * @param {Weeks} weeks
   */
  function show(oldestFirst, latest, weeks) {
    if (!latest) {
      drawingPlace.replaceChildren(element('p', { class: 'empty' },
        t('No report yet. One is written at the beginning of each day, and then this shows how much is lost to dates.')));
      tablePlace.replaceChildren();
      return;
    }
    if (drawing.node.parentElement !== drawingPlace) drawingPlace.replaceChildren(drawing.node);
    drawing.draw(oldestFirst, today());
    const open = new Set([...tablePlace.querySelectorAll('details[open]')].map(({ id }) => id));
    tablePlace.replaceChildren(
      folded('latest-report', t('By category on {date}', { date: date(latest.date, today()) }),
        [t('Category'), t('Soon'), t('worth'), t('Expired'), t('worth')],
        latest.byCategory.map((row) => [
          row.name ?? t('No category'),
          number(row.expiringItems), value(row.expiringValue), number(row.expiredItems), value(row.expiredValue),
        ])),
      folded('outcome-figures', t('What left the stock as a table'), [t('Week from'), ...OUTCOMES.map(([, word]) => word), t('Waste')],
        weeks.map((week) => [
          date(week.from, today()), ...week.outcomes.map((each) => value(each.value)),
          week.wasteRate === null ? '–' : percent(week.wasteRate),
        ])),
      folded('report-figures', t('The days as a table'), [t('Day'), t('Expires soon'), t('Expired'), t('Thrown away')],
        oldestFirst.toReversed().map((row) => [
          date(row.date, today()), value(row.expiringValue), value(row.expiredValue), value(row.discardedValue),
        ])));
    for (const id of open) byId(id).open = true;
  }

  return { load };
}

/**
 * @param {string} id
 * @param {string} summary
 * @param {string[]} headings
 * @param {string[][]} rows
 */
function folded(id, summary, headings, rows) {
  return element('details', { id },
    element('summary', {}, summary),
    element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': summary },
      element('table', {},
        element('thead', {}, element('tr', {}, ...headings.map((text) => element('th', { scope: 'col' }, text)))),
        element('tbody', {}, ...rows.map(([name, ...figures]) => element('tr', {},
          element('th', { scope: 'row' }, name), ...figures.map((text) => element('td', {}, text))))))));
}
