import { HERE } from './kept.js';

// The languages of the dashboard. A text is written in English where it is shown, and that text is its key in the catalogue
// of each other language: English itself has no catalogue. How to add a language: CONTRIBUTING.md, "Languages".

/**
 * The languages that have a catalogue, each by its own name.
 * @type {Record<string, [string, () => Promise<{ default: Record<string, any> }>]>}
 */
const CATALOGUES = {
  de: ['Deutsch', () => import('./words-de.js')],
  es: ['Español', () => import('./words-es.js')],
  fr: ['Français', () => import('./words-fr.js')],
  it: ['Italiano', () => import('./words-it.js')],
  nl: ['Nederlands', () => import('./words-nl.js')],
  pl: ['Polski', () => import('./words-pl.js')],
  pt: ['Português', () => import('./words-pt.js')],
  uk: ['Українська', () => import('./words-uk.js')],
};

/** Languages made of English while the page runs, in translation.js; only the address asks for one. */
const MADE = ['en-XA', 'ar-XB'];
const STORED = `expiry-tracker.language${HERE}`;
const FROM_RIGHT = /^(ar|fa|he|ur)\b/;

/** @param {string} tag */
const baseOf = (tag) => tag.split('-')[0];
/** @param {string} tag */
const isKnown = (tag) => tag === 'en' || Object.hasOwn(CATALOGUES, tag);

/** The language that was asked for: by the address, by a choice kept in this browser, or by the browser's own order. */
function wanted() {
  const named = new URLSearchParams(location.search).get('language');
  if (named !== null && (isKnown(named) || MADE.includes(named))) return named;
  const chosen = localStorage.getItem(STORED);
  if (chosen !== null && isKnown(chosen)) return chosen;
  return navigator.languages.map(baseOf).find(isKnown) ?? 'en';
}

let tag = wanted();
/** @type {Record<string, any>} */
let catalogue = {};
if (Object.hasOwn(CATALOGUES, tag)) {
  try {
    catalogue = (await CATALOGUES[tag][1]()).default;
  } catch {
    // Without a connection, before it was kept.
    tag = 'en';
  }
}

/** Whether the texts are shown as they are written here. */
export const isEnglish = tag === 'en';

const translation = isEnglish ? null : await import('./translation.js');
const made = translation?.MADE[tag] ?? null;

/** By which numbers, dates and lists are written: the language as the reader's region writes it. */
export const LANGUAGE = made?.numbersOf ?? navigator.languages.find((each) => baseOf(each) === tag) ?? (isEnglish ? 'en-GB' : tag);

const plurals = new Intl.PluralRules(made ? 'en' : tag);
const numbers = new Intl.NumberFormat(LANGUAGE);
const lists = new Intl.ListFormat(LANGUAGE, { type: 'conjunction' });

/**
 * A key without what tells it from another that is the same word in English.
 * @param {string} key
 */
const shown = (key) => key.replace(/\|[^|]*$/, '');

/**
 * The text of a key in the language of the page.
 * @param {string} key
 * @returns {string}
 */
const textOf = (key) => (made ? made.textOf(shown(key)) : catalogue[key] ?? shown(key));

const isFromRight = FROM_RIGHT.test(tag);

/**
 * A value within a text; where that is read from the right, a text of its own direction stays together.
 * @param {unknown} value
 */
const written = (value) => (typeof value === 'number' ? numbers.format(value) : isFromRight ? `\u2068${value}\u2069` : String(value));

/**
 * @param {string} text
 * @param {Record<string, any>} values
 */
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? written(values[name]) : whole));

/**
 * A text in the language of the page, with `values` in the place of its `{names}`; numbers are written as the language does.
 * The text is literal, and a whole sentence wherever it is one, for the order of words differs. What comes after a bar tells
 * two meanings of a word apart and is not shown: `t('Open|verb')`.
 * @param {string} key
 * @param {Record<string, any>} [values]
 */
export const t = (key, values = {}) => filled(textOf(key), values);

/**
 * A text for so many of something, which takes the place of `{count}`: `n(2, '{count} item', '{count} items')`.
 * @param {number} count
 * @param {string} one
 * @param {string} many
 * @param {Record<string, any>} [values]
 */
export function n(count, one, many, values = {}) {
  const forms = catalogue[one];
  const text = forms ? forms[plurals.select(count)] ?? forms.other : textOf(count === 1 ? one : many);
  return filled(text, { count, ...values });
}

/**
 * A text as a list of pieces, in which values may be nodes: `withNodes('Ask {name} first.', { name: html`<b>…</b>` })`.
 * @param {string} key
 * @param {Record<string, Markup>} nodes
 * @returns {Markup[]}
 */
export const withNodes = (key, nodes) => textOf(key).split(/\{(\w+)\}/)
  .map((piece, index) => (index % 2 === 0 ? piece : nodes[piece]))
  .filter((piece) => piece !== '');

/**
 * Several things in a sentence: `a, b and c`.
 * @param {string[]} words
 */
export const listed = (words) => lists.format(words);

/**
 * What a choice of language offers: its tag and its own name; the first leaves it to the browser.
 * @returns {(readonly string[])[]}
 */
export const languages = () => [
  ['', t('As the browser')], ['en', 'English'], ...Object.entries(CATALOGUES).map(([key, [name]]) => [key, name]),
];

/** The tag that was chosen in this browser; empty when none was. */
export const chosenLanguage = () => localStorage.getItem(STORED) ?? '';

/**
 * Has the page appear in a language from now on.
 * @param {string} chosen
 */
export function chooseLanguage(chosen) {
  if (chosen === '') localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, chosen);
  const address = new URL(location.href);
  address.searchParams.delete('language');
  history.replaceState(null, '', address);
  location.reload();
}

document.documentElement.lang = tag;
document.documentElement.dir = isFromRight ? 'rtl' : 'ltr';
translation?.translate(document.body, textOf);

// A worker keeps the catalogues that it is asked for. The first one comes when the page has its catalogue already.
if (Object.hasOwn(CATALOGUES, tag)) {
  navigator.serviceWorker?.addEventListener('controllerchange', () => {
    fetch(import.meta.resolve(`./words-${tag}.js`)).catch(() => {});
  });
}
