import { daysAfter, isDayFirst } from './format.js';
import { t } from './words.js';

const IN = /^\+?(\d{1,4})\s*(\p{L})$/u;
/** The letters of the units of time: those of the reader's language, then the English ones. */
const UNITS = [
  [t('d|letters for days'), 'd'], [t('w|letters for weeks'), 'w'], [t('m|letters for months'), 'm'], [t('y|letters for years'), 'y'],
];
const ISO = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const DAY_FIRST = /^(?<day>\d{1,2})\.\s?(?<month>\d{1,2})\.?(?:\s?(?<year>\d{4}|\d{2}))?$/;
const STROKES = /^(?<day>\d{1,2})\s?(?<stroke>[/-])\s?(?<month>\d{1,2})(?:\s?\k<stroke>\s?(?<year>\d{4}|\d{2}))?$/;
const MONTH_AND_YEAR = /^(\d{1,2})\s?[/.]\s?(\d{4}|\d{2})$/;

/**
 * A day in short: `+3d`, `2w`, `6m`, `1y` from today, `31.12` or `31.12.27`, `12/26` for the last day of that month, `2027-01-31`.
 * `31/12`, `31-12-27` and, where the day is written first, `5/12` are days too. Null when it is none.
 * @param {string} words
 * @param {string} today
 */
export function dayFromWords(words, today) {
  const text = words.trim();
  const later = IN.exec(text);
  if (later) {
    const much = Number(later[1]);
    switch (unitOf(later[2].toLowerCase())) {
      case 'd': return daysAfter(today, much);
      case 'w': return daysAfter(today, 7 * much);
      case 'm': return monthsAfter(today, much);
      case 'y': return monthsAfter(today, 12 * much);
      default: return null;
    }
  }
  const iso = ISO.exec(text);
  if (iso) return dayOf(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const european = dayFirst(text);
  if (european !== null) {
    const { day, month, year } = european;
    if (year) return dayOf(fullYear(year, today), Number(month), Number(day));
    const thisYear = dayOf(Number(today.slice(0, 4)), Number(month), Number(day));
    // A day that is past this year is meant of the next one.
    return thisYear !== null && thisYear >= today ? thisYear : dayOf(Number(today.slice(0, 4)) + 1, Number(month), Number(day));
  }
  const end = MONTH_AND_YEAR.exec(text);
  if (end && Number(end[1]) >= 1 && Number(end[1]) <= 12) {
    const year = fullYear(end[2], today);
    return dayOf(year, Number(end[1]), lastOf(year, Number(end[1])));
  }
  return null;
}

/**
 * A day that is written day first: the day, the month and, where it is told, the year. Null when it is none.
 * @param {string} text
 */
function dayFirst(text) {
  const found = (DAY_FIRST.exec(text) ?? STROKES.exec(text))?.groups;
  // A month and its year, such as `12/26`, is no day.
  if (!found || Number(found.month) > 12) return null;
  // With strokes some write the month first.
  return isDayFirst || found.stroke === undefined || Number(found.day) > 12 ? found : null;
}

/**
 * The unit that a letter stands for: in the reader's language first.
 * @param {string} letter
 */
const unitOf = (letter) => (UNITS.find(([letters]) => letters.toLowerCase().includes(letter)) ?? UNITS.find(([, english]) => english === letter))?.[1];

/**
 * @param {string} year
 * @param {string} today
 */
const fullYear = (year, today) => (year.length === 4 ? Number(year) : Number(today.slice(0, 2)) * 100 + Number(year));
/**
 * @param {number} year
 * @param {number} month
 */
const lastOf = (year, month) => new Date(Date.UTC(year, month, 0)).getUTCDate();

/**
 * @param {number} year
 * @param {number} month
 * @param {number} day
 */
function dayOf(year, month, day) {
  if (month < 1 || month > 12 || day < 1 || day > lastOf(year, month)) return null;
  return [String(year).padStart(4, '0'), String(month).padStart(2, '0'), String(day).padStart(2, '0')].join('-');
}

/**
 * So many months later; of a day that a month lacks, its last.
 * @param {string} today
 * @param {number} months
 */
function monthsAfter(today, months) {
  const index = Number(today.slice(0, 4)) * 12 + Number(today.slice(5, 7)) - 1 + months;
  const [year, month] = [Math.floor(index / 12), (index % 12) + 1];
  return dayOf(year, month, Math.min(Number(today.slice(8)), lastOf(year, month)));
}
