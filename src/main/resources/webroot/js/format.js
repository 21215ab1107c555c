import { LANGUAGE, n, t } from './words.js';

const DAY = 86_400_000;

const whole = new Intl.NumberFormat(LANGUAGE);
const quantities = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 3 });
const plainValues = new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
/** @type {Intl.NumberFormat} */
let values;
/** @type {Intl.NumberFormat} */
let compact;
showCurrency(null);
// In other digits than ours nobody types.
const SEPARATOR = plainValues.formatToParts(1.5).find(({ type }) => type === 'decimal')?.value === ',' ? ',' : '.';
const percents = new Intl.NumberFormat(LANGUAGE, { style: 'percent', maximumFractionDigits: 0 });
const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: 'auto' });

// A civil date is held as midnight UTC and shown in UTC, so no time zone can shift it.
/** @param {Intl.DateTimeFormatOptions} options */
export const civil = (options) => new Intl.DateTimeFormat(LANGUAGE, { ...options, timeZone: 'UTC' });
const dayShort = civil({ day: 'numeric', month: 'short' });
const dayWithYear = civil({ day: 'numeric', month: 'short', year: 'numeric' });
const dayLong = civil({ weekday: 'long', day: 'numeric', month: 'long' });
const dayLongWithYear = civil({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
/** Whether the reader writes the day before the month. */
export const isDayFirst = civil({ day: 'numeric', month: 'numeric' }).formatToParts().find(({ type }) => type === 'day' || type === 'month')?.type === 'day';
/** @param {string} date */
export const asUtc = (date) => Date.parse(`${date}T00:00:00Z`);

/**
 * Has values shown from now on in a currency, ISO 4217; null where nobody said which it is.
 * @param {string | null} currency
 */
export function showCurrency(currency) {
  /** @type {Intl.NumberFormatOptions} */
  const style = currency === null ? {} : { style: 'currency', currency };
  values = currency === null ? plainValues : new Intl.NumberFormat(LANGUAGE, style);
  compact = new Intl.NumberFormat(LANGUAGE, { ...style, notation: 'compact', maximumFractionDigits: 1 });
}

/**
 * The statuses in the order of urgency, with the word shown for each.
 * @type {Words<Schema.ItemStatus>}
 */
export const STATUSES = [
  ['EXPIRED', t('Expired')],
  ['EXPIRING_SOON', t('Expires soon')],
  ['ACTIVE', t('Good for longer')],
  ['UNDATED', t('No date')],
];

/**
 * The distances to a date, with the words shown for each.
 * @type {Words<Schema.AgingBand>}
 */
export const BANDS = [
  ['OVERDUE', t('Past its date')],
  ['DAYS_0_7', t('0–7 days')],
  ['DAYS_8_30', t('8–30 days')],
  ['DAYS_31_60', t('31–60 days')],
  ['DAYS_61_90', t('61–90 days')],
  ['LATER', t('Later')],
];

/**
 * What becomes of things, with the word shown for each.
 * @type {Words<Schema.TakeOutOutcome>}
 */
export const OUTCOMES = [
  ['USED', t('Used')],
  ['SOLD', t('Sold')],
  ['DONATED', t('Donated')],
  ['DISCARDED', t('Thrown away')],
];

export const statusWord = Object.fromEntries(STATUSES);

/** @param {number} count */
export const number = (count) => whole.format(count);
/**
 * @param {string | number} decimal
 * @param {string} unit
 */
export const quantity = (decimal, unit) => `${quantities.format(decimal)} ${unit}`;
/**
 * A decimal as it is written where somebody types: without the marks between thousands.
 * @param {string | number} decimal
 */
export const decimalText = (decimal) => String(decimal).replace('.', SEPARATOR);
/** @param {string | number} decimal */
export const value = (decimal) => values.format(decimal);
/** @param {string | number} decimal */
export const shortValue = (decimal) => compact.format(decimal);
/** @param {string | number} rate */
export const percent = (rate) => percents.format(rate);
/**
 * Something and what is said of it: `Expired: 3`.
 * @param {string} label
 * @param {string} text
 */
export const labelled = (label, text) => t('{label}: {text}', { label, text });

/**
 * A date such as `2026-11-22`; its year only when it is not this one.
 * @param {string} isoDate
 * @param {string} today
 */
export function date(isoDate, today) {
  return (isoDate.slice(0, 4) === today.slice(0, 4) ? dayShort : dayWithYear).format(asUtc(isoDate));
}

/** @param {string} isoDate */
export const longDate = (isoDate) => dayLong.format(asUtc(isoDate));

/**
 * A date in full; its year only when it is not this one.
 * @param {string} isoDate
 * @param {string} today
 */
export const fullDate = (isoDate, today) => (isoDate.slice(0, 4) === today.slice(0, 4) ? dayLong : dayLongWithYear).format(asUtc(isoDate));

/**
 * By time zone: each takes some milliseconds to make.
 * @type {Map<string, Intl.DateTimeFormat>}
 */
const civilDays = new Map();

/**
 * The civil date in a time zone, now.
 * @param {string} timeZone
 */
export function today(timeZone) {
  let format = civilDays.get(timeZone);
  if (!format) civilDays.set(timeZone, format = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }));
  const parts = format.formatToParts();
  const { year, month, day } = Object.fromEntries(parts.map(({ type, value: part }) => [type, part]));
  return `${year.padStart(4, '0')}-${month}-${day}`;
}

/**
 * The date so many days later.
 * @param {string} isoDate
 * @param {number} days
 */
export const daysAfter = (isoDate, days) => new Date(asUtc(isoDate) + days * DAY).toISOString().slice(0, 10);

/**
 * So many days before the Monday of a date's week.
 * @param {string} isoDate
 * @param {number} days
 */
export function mondayBefore(isoDate, days) {
  const at = asUtc(isoDate);
  const sinceMonday = (new Date(at).getUTCDay() + 6) % 7;
  return new Date(at - (sinceMonday + days) * DAY).toISOString().slice(0, 10);
}

/**
 * The hour of the day in a time zone, now: 0 to 23.
 * @param {string} timeZone
 */
export const hour = (timeZone) =>
  Number(new Intl.DateTimeFormat('en', { timeZone, hour: 'numeric', hourCycle: 'h23' }).format());

/**
 * The days to an item's date in words, to be read after its status: `3 days left`, `yesterday`.
 * @param {number} daysLeft
 */
export function daysInWords(daysLeft) {
  if (daysLeft === 0) return t('last day today');
  if (daysLeft < 0) return ago(-daysLeft);
  if (daysLeft < 61) return n(daysLeft, '{count} day left', '{count} days left');
  if (daysLeft < 730) return n(Math.trunc(daysLeft / 30.44), '{count} month left', '{count} months left');
  return n(Math.trunc(daysLeft / 365.25), '{count} year left', '{count} years left');
}

/** @param {number} days */
function ago(days) {
  if (days < 61) return relative.format(-days, 'day');
  if (days < 730) return relative.format(-Math.trunc(days / 30.44), 'month');
  return relative.format(-Math.trunc(days / 365.25), 'year');
}

/**
 * What an item is, to be read within a sentence.
 * @param {Pick<Item, 'name' | 'quantity' | 'unit' | 'expiryDate'>} item
 * @param {string} today
 */
export const stateInWords = ({ name, quantity: much, unit, expiryDate }, today) => (expiryDate === null
  ? t('“{name}”, {quantity}, without a date', { name, quantity: quantity(much, unit) })
  : t('“{name}”, {quantity}, last day {date}', { name, quantity: quantity(much, unit), date: date(expiryDate, today) }));

/**
 * An instant: how long ago, or its day and time when that is more than a day.
 * @param {string} isoInstant
 * @param {string} timeZone
 */
export function instant(isoInstant, timeZone) {
  const age = Date.now() - Date.parse(isoInstant);
  if (age < 60_000) return t('just now');
  if (age < 3_600_000) return relative.format(-Math.trunc(age / 60_000), 'minute');
  if (age < DAY) return relative.format(-Math.trunc(age / 3_600_000), 'hour');
  return new Intl.DateTimeFormat(LANGUAGE, {
    timeZone, day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit',
  }).format(Date.parse(isoInstant));
}

/**
 * An instant as day and time, in a time zone.
 * @param {string} isoInstant
 * @param {string} [timeZone]
 */
export const dayAndTime = (isoInstant, timeZone) => new Intl.DateTimeFormat(LANGUAGE, {
  timeZone, dateStyle: 'medium', timeStyle: 'short',
}).format(Date.parse(isoInstant));
