import { byId, say } from './dom.js';
import { HERE } from './kept.js';
import { t } from './words.js';

/** So fast after each other come the keys of a scanner, and of nobody's fingers. */
const SCANNER_MILLIS = 45;
const SHORTEST_CODE = 6;
const SEPARATOR = '\u001d';
const OFF = `expiry-tracker.single-keys-off${HERE}`;
/** So long after `g` the place may follow. */
const PLACE_WITHIN_MILLIS = 1_500;

const PLACES = [
  ['o', '#/overview', t('Overview')], ['i', '#/items', t('Items')], ['c', '#/calendar', t('Calendar')], ['p', '#/by-place', t('By place')],
  ['n', '#/notifications', t('Notifications')], ['r', '#/reports', t('Reports')], ['h', '#/history', t('History')], ['s', '#/settings', t('Settings')],
];
/**
 * Keys that do something by themselves, and scanners, which type what they read and Enter. `add()`, `scan()` and `find()` are
 * called for their keys, `undo()` tells whether there was anything to undo, and `onScanned(code)` takes what a scanner has read.
 * @param {{ isViewer: () => boolean; add: () => void; scan: () => void; find: () => void; go: (address: string) => void; undo: () => boolean; onScanned: (code: string) => void }} options
 */
export function createKeys({ isViewer, add, scan, find, go, undo, onScanned }) {
  let burst = '';
  let last = 0;
  let startedAs = '';
  let wantsPlace = 0;

  /** @param {EventTarget | null} node */
  const isText = (node) => node instanceof HTMLElement && node.matches('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]');
  const isOff = () => localStorage.getItem(OFF) !== null;

  /**
   * Gathers what a scanner types; what a field got of it is taken out of it again.
   * @param {KeyboardEvent & { target: any }} event
   */
  function isScanned(event) {
    const isFast = event.timeStamp - last < SCANNER_MILLIS;
    last = event.timeStamp;
    const character = event.ctrlKey && event.key === ']' ? SEPARATOR : event.key === 'F8' ? SEPARATOR : event.key;
    if (event.key === 'Enter' && isFast && burst.length >= SHORTEST_CODE) {
      const code = burst;
      burst = '';
      const field = isText(event.target) && 'value' in event.target ? event.target : null;
      if (field) {
        field.value = startedAs;
        field.dispatchEvent(new Event('input', { bubbles: true }));
      }
      event.preventDefault();
      event.stopPropagation();
      onScanned(code);
      return true;
    }
    if (character.length !== 1 || event.altKey || event.metaKey || (event.ctrlKey && character !== SEPARATOR)) {
      if (!['Shift', 'Control'].includes(event.key)) burst = '';
      return false;
    }
    if (!isFast) {
      burst = '';
      startedAs = isText(event.target) ? event.target.value ?? '' : '';
    }
    if (character === SEPARATOR) event.preventDefault();
    burst += character;
    return false;
  }

  /** @param {KeyboardEvent & { target: any }} event */
  function onKey(event) {
    if (event.isComposing || isScanned(event)) return;
    const isUndo = event.key === 'z' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
    if (isUndo && !event.target.closest('input, textarea, select, dialog') && undo()) event.preventDefault();
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || burst.length > 2) return;
    if (isText(event.target) || event.target.closest('dialog') || document.querySelector('dialog[open]') || isOff()) return;
    const place = wantsPlace > Date.now() - PLACE_WITHIN_MILLIS && PLACES.find(([key]) => key === event.key);
    wantsPlace = 0;
    if (place) go(place[1]);
    else if (event.key === 'g') wantsPlace = Date.now();
    else if (event.key === '?') showKeys();
    else if (event.key === '/') find();
    else if (event.key === 'a' && !isViewer()) add();
    else if (event.key === 's') scan();
    else return;
    event.preventDefault();
  }

  async function showKeys() {
    try {
      (await import('./keys-sheet.js')).showKeys({ places: PLACES, isViewer: isViewer(), isOff: isOff(), switchOff });
    } catch {
      say(t('This could not be loaded. Try again in a moment.'));
    }
  }

  /** @param {boolean} isWanted */
  function switchOff(isWanted) {
    if (isWanted) localStorage.setItem(OFF, '1');
    else localStorage.removeItem(OFF);
  }

  // Before anything else: a form must not be sent by a scanner's Enter.
  addEventListener('keydown', onKey, { capture: true });
  byId('show-keys').addEventListener('click', showKeys);
  return { stop: () => removeEventListener('keydown', onKey, { capture: true }) };
}
