/** What separates elements of unknown length: the control character that scanners send for FNC1. */
const SEPARATOR = '\u001d';
/** What a scanner may put before what it read: the symbology identifiers of codes with GS1 elements (ISO/IEC 15424). */
const SYMBOLOGY = /^\](?:C1|d2|Q3|e0|J1)/;
/**
 * What may be followed by something else without a separator, by the first two digits (GS1 General Specifications, 7.8.5-2).
 * @type {Record<string, number>}
 */
const FIXED = { '00': 18, '01': 14, '02': 14, 11: 6, 12: 6, 13: 6, 15: 6, 16: 6, 17: 6, 18: 6, 19: 6, 20: 2, 31: 8, 32: 8, 33: 8, 34: 8, 35: 8, 36: 8, 41: 13 };
/**
 * The fields of what is read here, and how long they may be.
 * @type {Record<string, string>}
 */
const READ = { '01': 'gtin', 10: 'lot', 11: 'produced', 13: 'packed', 15: 'bestBefore', 17: 'expiry', 21: 'serial' };
const DATES = new Set(['produced', 'packed', 'bestBefore', 'expiry']);
/** @type {Record<string, number>} */
const LENGTHS = { lot: 20, serial: 20 };

/**
 * The elements of a GS1 code, as a scanner sends it or as it is printed with its identifiers in brackets: `gtin`, `lot`,
 * `serial` and days such as `expiry`, where they are. Null when it is none.
 * @param {string} code
 * @param {string} today
 * @returns {Record<string, string> | null}
 */
export function parseGs1(code, today) {
  const text = code.trim();
  const found = text.startsWith('(') ? bracketed(text) : separated(text.replace(SYMBOLOGY, ''), SYMBOLOGY.test(text) || text.includes(SEPARATOR));
  if (found === null) return null;
  /** @type {Record<string, string>} */
  const elements = {};
  for (const [identifier, content] of found) {
    const field = READ[identifier];
    if (!field) continue;
    if (DATES.has(field)) {
      const day = dayOf(content, today);
      if (day === null) return null;
      elements[field] = day;
    } else if (field === 'gtin') {
      if (!isGtin(content)) return null;
      elements.gtin = content;
    } else if (content.length <= LENGTHS[field]) {
      elements[field] = content;
    }
  }
  return Object.keys(elements).length > 0 ? elements : null;
}

/** @param {string} text */
function bracketed(text) {
  const found = [...text.matchAll(/\((\d{2,4})\)([^()]*)/g)];
  return found.map(([all]) => all).join('') === text ? found.map(([, identifier, content]) => [identifier, content.trim()]) : null;
}

/**
 * Whether digits alone are a GS1 code cannot be told but by the GTIN and its check digit at their beginning.
 * @param {string} text
 * @param {boolean} isTold
 */
function separated(text, isTold) {
  if (!isTold && !(/^01\d{14}/.test(text) && isGtin(text.slice(2, 16)))) return null;
  /** @type {[string, string][]} */
  const found = [];
  let rest = text;
  while (rest !== '') {
    if (rest.startsWith(SEPARATOR)) {
      rest = rest.slice(1);
      continue;
    }
    const prefix = rest.slice(0, 2);
    if (!/^\d\d$/.test(prefix)) return null;
    const length = FIXED[prefix];
    const separator = rest.indexOf(SEPARATOR);
    const end = length !== undefined ? 2 + length : separator < 0 ? rest.length : separator;
    if (rest.length < end || end === 2) return null;
    // Identifiers of more digits are none of those that are read.
    found.push([prefix, rest.slice(2, end)]);
    rest = rest.slice(end);
  }
  return found;
}

/**
 * Whether the check digit of a number of 8, 12, 13 or 14 digits is right.
 * @param {string} digits
 */
export function isGtin(digits) {
  if (!/^(?:\d{8}|\d{12,14})$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 1 : 3), 0);
  return sum % 10 === 0;
}

/**
 * YYMMDD: the year nearest to this one, and of day 00 the last day of the month (GS1 General Specifications, 7.12 and 3.4.7).
 * @param {string} content
 * @param {string} today
 */
function dayOf(content, today) {
  if (!/^\d{6}$/.test(content)) return null;
  const now = Number(today.slice(0, 4));
  let year = now - (now % 100) + Number(content.slice(0, 2));
  if (year - now >= 51) year -= 100;
  else if (year - now <= -50) year += 100;
  const month = Number(content.slice(2, 4));
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const day = content.endsWith('00') ? last : Number(content.slice(4));
  if (month < 1 || month > 12 || day > last) return null;
  return `${year}-${content.slice(2, 4)}-${String(day).padStart(2, '0')}`;
}
