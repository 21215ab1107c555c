const SVG = 'http://www.w3.org/2000/svg';

/** The element of the page with this id. */
export const byId = (id) => document.getElementById(id);

/** A new HTML element; children are nodes or text, and text is never read as markup. */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** A new SVG element. */
export function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

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

/** Makes a node's children exactly these, moving only those out of place, so that focus stays where it is. */
export function arrange(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) {
    if (!wanted.has(child)) child.remove();
  }
  children.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

/** Calls once, after the calls have paused for so many milliseconds. */
export function debounced(milliseconds, action) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...given), milliseconds);
  };
}

/** Shows which one of a group of switch buttons is on. */
export function press(buttons, pressed) {
  for (const button of buttons) button.setAttribute('aria-pressed', String(button === pressed));
}

const toast = byId('toast');
let toastTimer;

/** Says something in passing, to eyes and screen readers; `offer` is `{ word, act }`, what can be done about it. */
export function say(text, offer = null) {
  // What is outside an open dialog can be neither seen above it nor heard.
  (document.querySelector('dialog[open]') ?? document.body).append(toast);
  const hide = () => {
    toast.classList.remove('shown');
    toast.querySelector('button')?.remove();
  };
  toast.replaceChildren(text);
  if (offer) {
    toast.append(element('button', { type: 'button', class: 'link', click: () => { hide(); offer.act(); } }, offer.word));
  }
  toast.classList.add('shown');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(hide, offer ? 10_000 : 5_000);
}
