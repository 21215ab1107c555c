// The languages of the dashboard. A text is written in English where it is shown, and that text is its key in the catalogue
// of each other language: English itself has no catalogue. How to add a language: CONTRIBUTING.md, "Languages".

/** The languages that have a catalogue, each by its own name. */
const CATALOGUES = {};

const STORED = 'expiry-tracker.language';
/**
 * Languages made of English while the page runs, to find texts that were forgotten and layouts that break; each with one
 * by which numbers and dates are written, in another script, so that no month is taken for a text that was forgotten.
 */
const PSEUDO = { 'en-XA': [accented, 'ja'], 'ar-XB': [mirrored, 'he'] };
const FROM_RIGHT = /^(ar|fa|he|ur)\b/;
const SHOWN_ATTRIBUTES = ['aria-label', 'alt', 'placeholder', 'title'];

const baseOf = (tag) => tag.split('-')[0];
const isKnown = (tag) => tag === 'en' || Object.hasOwn(CATALOGUES, tag);

/** The language that was asked for: by the address, by a choice kept in this browser, or by the browser's own order. */
function wanted() {
  const named = new URLSearchParams(location.search).get('language');
  if (named !== null && (isKnown(named) || Object.hasOwn(PSEUDO, named))) return named;
  const chosen = localStorage.getItem(STORED);
  if (chosen !== null && isKnown(chosen)) return chosen;
  return navigator.languages.map(baseOf).find(isKnown) ?? 'en';
}

let tag = wanted();
let catalogue = {};
if (Object.hasOwn(CATALOGUES, tag)) {
  try {
    catalogue = (await CATALOGUES[tag][1]()).default;
  } catch {
    // Without a connection, before it was kept.
    tag = 'en';
  }
}
const [pseudo, pseudoLanguage] = PSEUDO[tag] ?? [null, null];

/** Whether the texts are shown as they are written here. */
export const isEnglish = tag === 'en';

/** By which numbers, dates and lists are written: the language as the reader's region writes it. */
export const LANGUAGE = pseudoLanguage ?? navigator.languages.find((each) => baseOf(each) === tag) ?? (isEnglish ? 'en-GB' : tag);

const plurals = new Intl.PluralRules(pseudo !== null ? 'en' : tag);
const numbers = new Intl.NumberFormat(LANGUAGE);
const lists = new Intl.ListFormat(LANGUAGE, { type: 'conjunction' });

/** A key without what tells it from another that is the same word in English. */
const shown = (key) => key.replace(/\|[^|]*$/, '');

/** The text of a key in the language of the page. */
const textOf = (key) => (pseudo !== null ? pseudo(shown(key)) : catalogue[key] ?? shown(key));

const isFromRight = FROM_RIGHT.test(tag);

/** A value within a text; where that is read from the right, a text of its own direction stays together. */
const written = (value) => (typeof value === 'number' ? numbers.format(value) : isFromRight ? `\u2068${value}\u2069` : String(value));

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? written(values[name]) : whole));

/**
 * A text in the language of the page, with `values` in the place of its `{names}`; numbers are written as the language does.
 * The text is literal, and a whole sentence wherever it is one, for the order of words differs. What comes after a bar tells
 * two meanings of a word apart and is not shown: `t('Open|verb')`.
 */
export const t = (key, values = {}) => filled(textOf(key), values);

/** A text for so many of something, which takes the place of `{count}`: `n(2, '{count} item', '{count} items')`. */
export function n(count, one, many, values = {}) {
  const forms = catalogue[one];
  const text = forms ? forms[plurals.select(count)] ?? forms.other : textOf(count === 1 ? one : many);
  return filled(text, { count, ...values });
}

/** A text as a list of pieces, in which values may be nodes: `withNodes('Ask {name} first.', { name: html`<b>…</b>` })`. */
export const withNodes = (key, nodes) => textOf(key).split(/\{(\w+)\}/)
  .map((piece, index) => (index % 2 === 0 ? piece : nodes[piece]))
  .filter((piece) => piece !== '');

/** Several things in a sentence: `a, b and c`. */
export const listed = (words) => lists.format(words);

/** What a choice of language offers: its tag and its own name; the first leaves it to the browser. */
export const languages = () => [
  ['', t('As the browser')], ['en', 'English'], ...Object.entries(CATALOGUES).map(([key, [name]]) => [key, name]),
];

/** The tag that was chosen in this browser; empty when none was. */
export const chosenLanguage = () => localStorage.getItem(STORED) ?? '';

/** Has the page appear in a language from now on. */
export function chooseLanguage(chosen) {
  if (chosen === '') localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, chosen);
  location.reload();
}

/** Puts the texts of a tree, and of the templates in it, into the language; what is marked as not to be translated stays. */
function translate(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) => (
    node.nodeType === Node.ELEMENT_NODE && node.matches('script, style, noscript, [translate="no"]')
      ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT));
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      const text = node.data.trim().replace(/\s+/g, ' ');
      if (/\p{L}/u.test(text)) node.data = node.data.replace(/\S(?:[^]*\S)?/, () => textOf(text));
      continue;
    }
    for (const name of SHOWN_ATTRIBUTES) {
      if (node.hasAttribute(name) && node.getAttribute(name) !== '') node.setAttribute(name, textOf(node.getAttribute(name)));
    }
    if (node.localName === 'template') translate(node.content);
  }
}

document.documentElement.lang = tag;
document.documentElement.dir = isFromRight ? 'rtl' : 'ltr';
if (!isEnglish) translate(document.body);

// A worker keeps the catalogues that it is asked for. The first one comes when the page has its catalogue already.
if (Object.hasOwn(CATALOGUES, tag)) {
  navigator.serviceWorker?.addEventListener('controllerchange', () => {
    fetch(import.meta.resolve(`./words-${tag}.js`)).catch(() => {});
  });
}

/** English with accents, a third longer and in brackets. */
function accented(text) {
  const accents = { a: 'á', c: 'ç', e: 'é', g: 'ĝ', i: 'í', n: 'ñ', o: 'ö', s: 'š', u: 'ü', y: 'ý', A: 'Å', C: 'Ç', E: 'É', I: 'Î', N: 'Ñ', O: 'Ö', S: 'Š', U: 'Ü' };
  const changed = text.replace(/\{\w+\}|[a-zA-Z]/g, (letter) => accents[letter] ?? letter);
  return `[${changed}${'·'.repeat(Math.ceil(text.length / 3))}]`;
}

/** English whose words are written from right to left. */
function mirrored(text) {
  return text.replace(/\{\w+\}|[^\s{}]+/g, (word) => (word.startsWith('{') ? word : `\u200f\u202e${word}\u202c\u200f`));
}
