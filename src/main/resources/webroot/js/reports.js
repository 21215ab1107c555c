import { byId, element, say } from './dom.js';
import { date, number, value } from './format.js';
import { reportDrawing } from './charts.js';
import { GENERATE_REPORT, REPORTS } from './operations.js';

/** The reports of the last days: a drawing, its figures as a table, and the latest one by category. */
export function createReports({ api, today, onFailure }) {
  const drawingPlace = byId('report-drawing');
  const tablePlace = byId('report-table');
  const write = byId('write-report');
  const drawing = reportDrawing();

  write.addEventListener('click', async () => {
    write.disabled = true;
    try {
      const { generateReport } = await api.request(GENERATE_REPORT, { input: {} });
      say(generateReport.userErrors[0]?.message ?? 'Today’s report was written.');
      await load();
    } catch (error) {
      onFailure(error);
    } finally {
      write.disabled = false;
    }
  });

  async function load() {
    try {
      const { reports, latest } = await api.request(REPORTS);
      show(reports.nodes.toReversed(), latest.nodes[0]);
    } catch (error) {
      onFailure(error);
    }
  }

  function show(oldestFirst, latest) {
    if (!latest) {
      drawingPlace.replaceChildren(element('p', { class: 'empty' },
        'No report yet. One is written at every turn of the day, and then this shows how much is lost to dates.'));
      tablePlace.replaceChildren();
      return;
    }
    if (drawing.node.parentElement !== drawingPlace) drawingPlace.replaceChildren(drawing.node);
    drawing.draw(oldestFirst, today());
    const open = new Set([...tablePlace.querySelectorAll('details[open]')].map(({ id }) => id));
    tablePlace.replaceChildren(
      folded('latest-report', `By category on ${date(latest.date, today())}`,
        ['Category', 'Soon', 'worth', 'Expired', 'worth'],
        latest.byCategory.map((row) => [
          row.name ?? 'No category',
          number(row.expiringItems), value(row.expiringValue), number(row.expiredItems), value(row.expiredValue),
        ])),
      folded('report-figures', 'The drawing as a table', ['Day', 'Expires soon', 'Expired', 'Thrown away'],
        oldestFirst.toReversed().map((row) => [
          date(row.date, today()), value(row.expiringValue), value(row.expiredValue), value(row.discardedValue),
        ])));
    for (const id of open) byId(id).open = true;
  }

  return { load };
}

function folded(id, summary, headings, rows) {
  return element('details', { id },
    element('summary', {}, summary),
    element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': summary },
      element('table', {},
        element('thead', {}, element('tr', {}, ...headings.map((text) => element('th', { scope: 'col' }, text)))),
        element('tbody', {}, ...rows.map(([name, ...figures]) => element('tr', {},
          element('th', { scope: 'row' }, name), ...figures.map((text) => element('td', {}, text))))))));
}
