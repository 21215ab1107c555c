import { swatch } from './bars.js';
import { drawn, element } from './dom.js';
import { OUTCOMES, date, percent, shortValue, value } from './format.js';
import { listed, n, t } from './words.js';

/** @type {['expiringValue' | 'expiredValue' | 'discardedValue', string, string][]} */
const SERIES = [
  ['expiringValue', t('Expires soon'), 'EXPIRING_SOON'],
  ['expiredValue', t('Expired'), 'EXPIRED'],
  ['discardedValue', t('Thrown away'), 'DISCARDED'],
];
const outcomeWord = Object.fromEntries(OUTCOMES);
const HEIGHT = 220;
const MARGIN = { top: 12, right: 10, bottom: 26, left: 46 };
const DAY = 86_400_000;

/**
 * Values of the reports over time: two areas and, for what was thrown away, a stroke for each day. The legend tells
 * the day pointed at, or chosen with the arrow keys; else the latest. `draw(reports, today)` takes them oldest first.
 */
export function reportDrawing() {
  const svg = drawn('svg', { class: 'report-drawing', width: '100%', height: HEIGHT, tabindex: '0', role: 'img' });
  const day = element('strong');
  const figures = new Map(SERIES.map(([key]) => [key, element('b')]));
  const legend = element('p', { class: 'drawing-legend', 'aria-live': 'polite' }, day,
    ...SERIES.map(([key, word, fill]) => element('span', {}, swatch(fill), `${word} `, figures.get(key))));
  const node = element('div', {}, legend, svg);
  /** @type {DrawnReport[]} */
  let reports = [];
  let todayNow = '';
  let chosen = -1;
  /** @type {number[]} */
  let places = [];
  const mark = drawn('line', { class: 'mark' });

  /** @param {number} index */
  function choose(index) {
    chosen = Math.max(0, Math.min(index, reports.length - 1));
    const report = reports[chosen];
    day.textContent = date(report.date, todayNow);
    for (const [key, figure] of figures) figure.textContent = value(report[key]);
    for (const end of ['x1', 'x2']) mark.setAttribute(end, places[chosen]);
  }

  function paint() {
    const width = svg.clientWidth;
    if (width === 0 || reports.length === 0) return;
    const first = Date.parse(reports[0].date);
    const span = Math.max(Date.parse(reports[reports.length - 1].date) - first, DAY);
    const top = roundedUp(Math.max(...reports.flatMap((report) => SERIES.map(([key]) => Number(report[key])))));
    const right = width - MARGIN.right;
    const floor = HEIGHT - MARGIN.bottom;
    /** @param {DrawnReport} report */
    const x = (report) => MARGIN.left + ((Date.parse(report.date) - first) / span) * (right - MARGIN.left);
    /** @param {string | number} amount */
    const y = (amount) => floor - (Number(amount) / top) * (floor - MARGIN.top);
    places = reports.map(x);

    const grid = [0, top / 2, top].flatMap((amount) => [
      drawn('line', { class: 'grid', x1: MARGIN.left, x2: right, y1: y(amount), y2: y(amount) }),
      drawn('text', { class: 'axis', x: MARGIN.left - 8, y: y(amount) + 4, 'text-anchor': 'end' }, shortValue(amount)),
    ]);
    /** @type {[number, string][]} */
    const ends = [[0, 'start'], [reports.length - 1, 'end']];
    const days = ends.slice(0, reports.length).map(([index, anchor]) =>
      drawn('text', { class: 'axis', x: places[index], y: HEIGHT - 6, 'text-anchor': anchor },
        date(reports[index].date, todayNow)));
    const areas = SERIES.slice(0, 2).flatMap(([key, , fill]) => {
      const line = reports.map((report, index) => `${places[index]},${y(report[key])}`).join(' L');
      return [
        drawn('path', { class: `area-${fill}`, d: `M${places[0]},${floor} L${line} L${places.at(-1)},${floor} Z` }),
        drawn('path', { class: `line-${fill}`, d: `M${line}` }),
        drawn('circle', { class: `fill-${fill}`, cx: places.at(-1), cy: y(reports[reports.length - 1][key]), r: 3.5 }),
      ];
    });
    const discarded = reports.filter((report) => Number(report.discardedValue) > 0).map((report) =>
      drawn('line', { class: 'stroke-DISCARDED', x1: x(report), x2: x(report), y1: floor, y2: y(report.discardedValue) }));
    mark.setAttribute('y1', MARGIN.top);
    mark.setAttribute('y2', floor);
    svg.replaceChildren(...grid, ...days, mark, ...areas, ...discarded);
    choose(reports.length - 1);
  }

  onChoice(svg, { places: () => places, chosen: () => chosen, choose });
  new ResizeObserver(paint).observe(svg);

  return {
    node,
    /**
     * @param {DrawnReport[]} oldestFirst
     * @param {string} today
     */
    draw(oldestFirst, today) {
      reports = oldestFirst;
      todayNow = today;
      const last = reports[reports.length - 1];
      svg.setAttribute('aria-label', n(reports.length, 'Values of {count} daily report. On the latest, {date}: {figures}. Arrow keys move from day to day.',
        'Values of the last {count} daily reports. On the latest, {date}: {figures}. Arrow keys move from day to day.',
        { date: date(last.date, today), figures: listed(SERIES.map(([key, word]) => `${word} ${value(last[key])}`)) }));
      paint();
    },
  };
}

const COLUMNS_HEIGHT = 150;
const WIDEST_COLUMN = 34;

/**
 * What left the stock in each of some intervals: columns of the values by what became of it, those thrown away at the
 * foot. The legend tells the interval pointed at, or chosen with the arrow keys; else the latest. `draw(points, today)`
 * takes them oldest first.
 */
export function outcomeDrawing() {
  const svg = drawn('svg', { class: 'report-drawing', width: '100%', height: COLUMNS_HEIGHT, tabindex: '0', role: 'img' });
  const span = element('strong');
  const waste = element('b');
  const figures = new Map(OUTCOMES.map(([key]) => [key, element('b')]));
  const legend = element('p', { class: 'drawing-legend', 'aria-live': 'polite' }, span,
    ...OUTCOMES.map(([key, word]) => element('span', {}, swatch(key), `${word} `, figures.get(key))),
    element('span', {}, t('Waste'), ' ', waste));
  const node = element('div', {}, legend, svg);
  const fromBelow = OUTCOMES.map(([key]) => key).reverse();
  /** @type {Weeks} */
  let points = [];
  let todayNow = '';
  let chosen = -1;
  /** @type {number[]} */
  let places = [];
  /** @type {SVGElement[]} */
  let columns = [];

  /** @param {number} index */
  function choose(index) {
    chosen = Math.max(0, Math.min(index, points.length - 1));
    const point = points[chosen];
    span.textContent = `${date(point.from, todayNow)} – ${date(point.to, todayNow)}`;
    for (const { outcome, value: amount } of point.outcomes) figures.get(outcome).textContent = value(amount);
    waste.textContent = point.wasteRate === null ? '–' : percent(point.wasteRate);
    columns.forEach((column, at) => column.classList.toggle('dim', at !== chosen));
  }

  function paint() {
    const width = svg.clientWidth;
    if (width === 0 || points.length === 0) return;
    const top = roundedUp(Math.max(...points.map(whole)));
    const right = width - MARGIN.right;
    const floor = COLUMNS_HEIGHT - MARGIN.bottom;
    const step = (right - MARGIN.left) / points.length;
    const thick = Math.min(step * 0.7, WIDEST_COLUMN);
    /** @param {number} amount */
    const tall = (amount) => (amount / top) * (floor - MARGIN.top);
    places = points.map((point, index) => MARGIN.left + step * (index + 0.5));

    const grid = [0, top / 2, top].flatMap((amount) => [
      drawn('line', { class: 'grid', x1: MARGIN.left, x2: right, y1: floor - tall(amount), y2: floor - tall(amount) }),
      drawn('text', { class: 'axis', x: MARGIN.left - 8, y: floor - tall(amount) + 4, 'text-anchor': 'end' }, shortValue(amount)),
    ]);
    columns = points.map((point, index) => {
      let y = floor;
      return drawn('g', {}, ...fromBelow.map((key) => {
        const height = tall(Number(point.outcomes.find(({ outcome }) => outcome === key)?.value));
        y -= height;
        return drawn('rect', { class: `fill-${key}`, x: places[index] - thick / 2, y, width: thick, height });
      }));
    });
    /** @type {[number, string, number][]} */
    const ends = [[0, 'start', MARGIN.left], [points.length - 1, 'end', right]];
    const days = ends.map(([index, anchor, x]) =>
      drawn('text', { class: 'axis', x, y: COLUMNS_HEIGHT - 6, 'text-anchor': anchor }, date(points[index].from, todayNow)));
    svg.replaceChildren(...grid, ...columns, ...days);
    choose(points.length - 1);
  }

  onChoice(svg, { places: () => places, chosen: () => chosen, choose });
  new ResizeObserver(paint).observe(svg);

  return {
    node,
    /**
     * @param {Weeks} oldestFirst
     * @param {string} today
     */
    draw(oldestFirst, today) {
      points = oldestFirst;
      todayNow = today;
      const last = points[points.length - 1];
      svg.setAttribute('aria-label', n(points.length, 'Values that left the stock in {count} week. In this one: {figures}. Arrow keys move from week to week.',
        'Values that left the stock in the last {count} weeks. In this one: {figures}. Arrow keys move from week to week.',
        { figures: listed(last.outcomes.map(({ outcome, value: amount }) => `${outcomeWord[outcome]} ${value(amount)}`)) }));
      paint();
    },
  };
}

/**
 * The value of all that left in an interval.
 * @param {Weeks[number]} point
 */
function whole(point) {
  return point.outcomes.reduce((sum, { value: amount }) => sum + Number(amount), 0);
}

/**
 * Lets one place of a drawing be chosen by pointing or with the arrow keys; the last one is when nobody points.
 * @param {SVGElement} svg
 * @param {{ places: () => number[]; chosen: () => number; choose: (index: number) => void }} options
 */
function onChoice(svg, { places, chosen, choose }) {
  svg.addEventListener('pointermove', ({ clientX }) => {
    const at = clientX - svg.getBoundingClientRect().left;
    const nearest = places().reduce((best, place, index) =>
      Math.abs(place - at) < Math.abs(places()[best] - at) ? index : best, 0);
    if (nearest !== chosen()) choose(nearest);
  });
  svg.addEventListener('pointerleave', () => choose(places().length - 1));
  svg.addEventListener('keydown', (event) => {
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -1, ArrowRight: 1 };
    const step = steps[event.key];
    if (step) {
      event.preventDefault();
      choose(chosen() + step);
    }
  });
}

/**
 * The next of 1, 2, 4, 6, 8, 10 times a power of ten: halves of it are round as well.
 * @param {number} amount
 */
function roundedUp(amount) {
  if (amount <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(amount));
  return power * ([1, 2, 4, 6, 8].find((step) => step * power >= amount) ?? 10);
}
