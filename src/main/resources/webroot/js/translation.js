// What only a page in another language than English needs.

const SHOWN_ATTRIBUTES = ['aria-label', 'alt', 'placeholder', 'title'];

/**
 * Languages made of English, to find texts that were forgotten and layouts that break. Each writes numbers and dates as one in
 * another script, so that no month is taken for a text that was forgotten.
 * @type {Record<string, { textOf: (text: string) => string; numbersOf: string }>}
 */
export const MADE = {
  'en-XA': { textOf: accented, numbersOf: 'ja' },
  'ar-XB': { textOf: mirrored, numbersOf: 'he' },
};

/**
 * Puts the texts of a tree, and of the templates in it, into the language; what is marked as not to be translated stays.
 * @param {Node} root
 * @param {(text: string) => string} textOf
 */
export function translate(root, textOf) {
  /** @param {any} node */
  const chosen = (node) => (node.nodeType === Node.ELEMENT_NODE && node.matches('script, style, noscript, [translate="no"]')
    ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  /** @type {{ nextNode(): any }} */
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, chosen);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      const text = node.data.trim().replace(/\s+/g, ' ');
      if (/\p{L}/u.test(text)) node.data = node.data.replace(/\S(?:[^]*\S)?/, () => textOf(text));
      continue;
    }
    for (const name of SHOWN_ATTRIBUTES) {
      if (node.hasAttribute(name) && node.getAttribute(name) !== '') node.setAttribute(name, textOf(node.getAttribute(name)));
    }
    if (node.localName === 'template') translate(node.content, textOf);
  }
}

/**
 * English with accents, a third longer and in brackets.
 * @param {string} text
 */
function accented(text) {
  /** @type {Record<string, string>} */
  const accents = { a: 'á', c: 'ç', e: 'é', g: 'ĝ', i: 'í', n: 'ñ', o: 'ö', s: 'š', u: 'ü', y: 'ý', A: 'Å', C: 'Ç', E: 'É', I: 'Î', N: 'Ñ', O: 'Ö', S: 'Š', U: 'Ü' };
  const changed = text.replace(/\{\w+\}|[a-zA-Z]/g, (letter) => accents[letter] ?? letter);
  return `[${changed}${'·'.repeat(Math.ceil(text.length / 3))}]`;
}

/**
 * English whose words are written from right to left.
 * @param {string} text
 */
function mirrored(text) {
  return text.replace(/\{\w+\}|[^\s{}]+/g, (word) => (word.startsWith('{') ? word : `\u200f\u202e${word}\u202c\u200f`));
}
