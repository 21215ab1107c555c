import { createCodeReader } from './code-reader.js';
import { element, say } from './dom.js';
import { date, quantity } from './format.js';
import { parseGs1 } from './gs1.js';
import { BY_BARCODE } from './operations.js';
import { addressOf } from './router.js';
import { t } from './words.js';

const LOOK_EVERY_MILLIS = 120;

/**
 * What a scanner or the camera has read: it leads to the item, fills the form that is open, or offers what can be done.
 * @param {Session} session
 * @param {string} code
 */
export async function scanned(session, code) {
  const own = new URL('#/items/', document.baseURI).href;
  if (code.startsWith(own)) {
    session.go(code.slice(own.indexOf('#')));
    return;
  }
  const today = session.today();
  const elements = parseGs1(code, today);
  const barcode = elements?.gtin ?? code.trim();
  const read = {
    barcode, lotNumber: elements?.lot ?? elements?.serial ?? null, expiryDate: elements?.expiry ?? elements?.bestBefore ?? null,
  };
  try {
    const { nodes } = (await session.api.request(BY_BARCODE, { barcode })).items;
    const known = nodes[0] ?? null;
    const like = known && {
      name: known.name, unit: known.unit, categoryId: known.category?.id ?? null, location: known.location, costPrice: known.costPrice,
    };
    if (session.dialogs.fill({ ...like, ...read })) {
      say(known ? t('The code is that of {name}.', { name: known.name }) : t('The code is filled in.'));
    } else if (known) {
      await offer(session, code, nodes, read.lotNumber, () => session.dialogs.add({ ...like, ...read }));
    } else if (session.isViewer()) {
      say(t('Nothing here has this code.'));
    } else {
      session.dialogs.add(read);
      say(t('Nothing here has this code yet: add it.'));
    }
  } catch (error) {
    if (error.code !== 'UNREACHABLE' || session.isViewer()) {
      session.onFailure(error);
      return;
    }
    if (!session.dialogs.fill(read)) session.dialogs.add(read);
    say(t('Without a connection nothing is known of this code. It is filled in.'));
  }
}

/**
 * What bears the code, that lot first which was read, and what can be done with it.
 * @param {Session} session
 * @param {string} code
 * @param {Item[]} items
 * @param {string | null} lot
 * @param {() => void} add
 */
function offer(session, code, items, lot, add) {
  const ordered = lot === null ? items : [...items].sort((a, b) => Number(b.lotNumber === lot) - Number(a.lotNumber === lot));
  /** @param {() => void} then */
  const close = (then) => () => {
    node.close();
    then();
  };
  /**
   * @param {string} word
   * @param {string} about
   * @param {() => void} action
   * @param {string} style
   */
  const button = (word, about, action, style) => element('button', { type: 'button', class: style, click: close(action) }, word, element('span', { class: 'hidden' }, ` ${about}`));
  const node = element('dialog', { id: 'scanned', 'aria-labelledby': 'scanned-title' },
    element('h2', { id: 'scanned-title' }, t('Found by its code')),
    element('p', { class: 'muted' }, code),
    element('ul', { class: 'rows' }, ...ordered.map((item) => element('li', {},
      element('div', {}, element('strong', {}, item.name), element('p', { class: 'muted' }, [
        quantity(item.quantity, item.unit), item.expiryDate && t('good until {date}', { date: date(item.expiryDate, session.today()) }), item.lotNumber && t('lot {lot}', { lot: item.lotNumber }), item.location,
      ].filter(Boolean).join(' · '))),
      element('div', { class: 'tools' },
        session.isViewer() ? null : button(t('Take out'), item.name, () => session.dialogs.takeOut(item), 'small'),
        button(t('Open'), item.name, () => session.go(addressOf(['items', item.id])), 'quiet small'))))),
    element('div', { class: 'buttons' },
      element('button', { type: 'button', class: 'quiet', click: () => node.close() }, t('Close')),
      session.isViewer() ? null : element('button', { type: 'button', class: 'primary', click: close(add) }, t('Add one with this code'))));
  return shown(node);
}

/**
 * @param {HTMLDialogElement} node
 * @returns {Promise<void>}
 */
function shown(node) {
  const before = document.activeElement;
  return new Promise((resolve) => {
    node.addEventListener('close', () => {
      node.remove();
      if (before?.isConnected && document.querySelector('dialog[open]') === null) before.focus();
      resolve();
    });
    document.body.append(node);
    node.showModal();
  });
}

/**
 * Reads a code with the camera, where there is one; it can be typed everywhere.
 * @param {Session} session
 */
export async function scan(session) {
  const video = element('video', { muted: true, playsinline: true, 'aria-label': t('What the camera sees') });
  const notice = element('p', { class: 'muted', role: 'status' }, t('Hold the code before the camera.'));
  const input = element('input', { name: 'code', autocomplete: 'off', maxlength: 200, spellcheck: 'false' });
  /** @type {string | null} */
  let code = null;
  /** @type {MediaStream[]} */
  const streams = [];
  /** @param {string} found */
  const take = (found) => {
    code = found;
    node.close();
  };
  const form = element('form', { method: 'dialog', novalidate: true },
    element('h2', { id: 'scan-title', class: 'wide' }, t('Scan a code')),
    element('div', { class: 'wide camera' }, video, notice),
    element('label', { class: 'wide' }, t('Or type it'), ' ', element('span', { class: 'hint' }, t('a scanner can do that')), input),
    element('div', { class: 'buttons wide' },
      element('button', { type: 'button', class: 'quiet', click: () => node.close() }, t('Cancel')),
      element('button', { class: 'primary' }, t('Find'))));
  const node = element('dialog', { id: 'scan', 'aria-labelledby': 'scan-title' }, form);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (input.value.trim() !== '') take(input.value.trim());
    else input.focus();
  });
  const closed = shown(node);
  /** @param {string} words */
  const withoutCamera = (words) => {
    video.hidden = true;
    notice.textContent = words;
    input.focus();
  };

  async function look() {
    if (!navigator.mediaDevices) {
      withoutCamera(t('A browser opens the camera only for an https address. Type the code, or use a scanner that types.'));
      return;
    }
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    streams.push(stream);
    if (!node.open) return;
    video.srcObject = stream;
    await video.play();
    const reader = await createCodeReader();
    try {
      while (node.open && code === null) {
        const found = await reader.read(video);
        if (found !== null && node.open) take(found);
        else await new Promise((resume) => setTimeout(resume, LOOK_EVERY_MILLIS));
      }
    } catch {
      withoutCamera(t('This browser cannot read codes with the camera. Type the code, or use a scanner that types.'));
    } finally {
      reader.close();
    }
  }

  look().catch(() => { if (node.open) withoutCamera(t('The camera could not be opened. Allow it for this page, or type the code.')); });
  await closed;
  for (const track of streams.flatMap((stream) => stream.getTracks())) track.stop();
  if (code !== null) await scanned(session, code);
}
