import { t } from './words.js';

const SVG = 'http://www.w3.org/2000/svg';

/** The element of the page with this id. */
/** @type {<Id extends keyof Elements>(id: Id) => Elements[Id]} */
export const byId = (id) => document.getElementById(id);

/**
 * A new HTML element; children are nodes or text, and text is never read as markup.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null | undefined)} children
 */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/**
 * A new SVG element.
 * @template {keyof SVGElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null | undefined)} children
 */
export function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/**
 * @template {Element} Kind
 * @param {Kind} node
 * @param {Record<string, any>} attributes
 * @param {(Node | string | null | undefined)[]} children
 */
function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') {
      node.addEventListener(key, value);
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(key, value === true ? '' : value);
    }
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * Makes a node's children exactly these, moving only those out of place, so that focus stays where it is.
 * @param {Element} parent
 * @param {Element[]} children
 */
export function arrange(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) {
    if (!wanted.has(child)) child.remove();
  }
  children.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

/**
 * Calls once, after the calls have paused for so many milliseconds.
 * @template {unknown[]} Given
 * @param {number} milliseconds
 * @param {(...given: Given) => void} action
 */
export function debounced(milliseconds, action) {
  /** @type {number | undefined} */
  let timer;
  /** @param {Given} given */
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...given), milliseconds);
  };
}

/**
 * Shows which one of a group of switch buttons is on.
 * @param {Element[]} buttons
 * @param {Element} pressed
 */
export function press(buttons, pressed) {
  for (const button of buttons) button.setAttribute('aria-pressed', String(button === pressed));
}

const toast = byId('toast');
/** @type {number | undefined} */
let toastTimer;

/** Moves the focus to the heading of what is shown, where what had it is gone. */
export function focusHeading() {
  const heading = [...document.querySelectorAll('main:not([hidden]) h1[tabindex]')].find((each) => each.checkVisibility());
  heading?.focus({ preventScroll: true });
}

/**
 * Says something in passing, to eyes and screen readers; `offer` is `{ word, act }`, what can be done about it.
 * @param {string} text
 * @param {{ word: string; act: () => void } | null} [offer]
 */
export function say(text, offer = null) {
  // What is outside an open dialog can be neither seen above it nor heard.
  ([...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body).append(toast);
  const hide = () => {
    const held = toast.contains(document.activeElement);
    toast.classList.remove('shown');
    toast.querySelector('button')?.remove();
    if (held) focusHeading();
  };
  // Nothing that somebody is about to press goes away.
  const hideUnlessHeld = () => {
    if (toast.matches(':hover, :focus-within')) toastTimer = setTimeout(hideUnlessHeld, 2_000);
    else hide();
  };
  toast.replaceChildren(text);
  if (offer) {
    toast.append(element('button', { type: 'button', class: 'link', click: () => { hide(); offer.act(); } }, offer.word));
  }
  toast.classList.add('shown');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(hideUnlessHeld, offer ? 10_000 : 5_000);
}

/**
 * Asks before something is done that cannot be taken back: a promise of whether it shall be.
 * @param {{ title: string; text?: string; word: string; keep?: string; danger?: boolean }} question
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text = '', word, keep = t('Cancel'), danger = true }) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const node = element('dialog', { class: 'question', 'aria-labelledby': 'question-title' },
      element('h2', { id: 'question-title' }, title),
      text === '' ? null : element('p', {}, text),
      element('div', { class: 'buttons' },
        element('button', { type: 'button', class: 'quiet', autofocus: true, click: () => node.close() }, keep),
        element('button', { type: 'button', class: danger ? 'danger' : 'primary', click: () => node.close('yes') }, word)));
    node.addEventListener('close', () => {
      node.remove();
      if (before?.isConnected) before.focus();
      resolve(node.returnValue === 'yes');
    });
    document.body.append(node);
    node.showModal();
  });
}
