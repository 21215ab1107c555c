import { element } from './dom.js';
import { t } from './words.js';

const ALWAYS = [
  ['Ctrl+Z', t('Undo what was done last')], ['↑ ↓', t('From row to row in the list of items')], ['Esc', t('Close what is open')],
  [t('A scanner'), t('Find what bears the code, fill the form that is open, or add it')],
];

/**
 * Shows what the keys do: `places` are their keys, addresses and names; `switchOff(boolean)` is told whether single keys shall do nothing.
 * @param {{ places: string[][]; isViewer: boolean; isOff: boolean; switchOff: (isWanted: boolean) => void }} options
 */
export function showKeys({ places, isViewer, isOff, switchOff }) {
  /** @param {string[]} line */
  const row = ([keys, words]) => element('div', {}, element('dt', {}, element('kbd', {}, keys)), element('dd', {}, words));
  const box = element('input', { type: 'checkbox', checked: !isOff, change: () => switchOff(!box.checked) });
  const before = document.activeElement;
  const node = element('dialog', { id: 'keys', 'aria-labelledby': 'keys-title' },
    element('h2', { id: 'keys-title' }, t('Keys')),
    element('dl', { class: 'keys' },
      ...[['?', t('These keys')], ['/', t('Search')], ...(isViewer ? [] : [['a', t('Add an item')]]), ['s', t('Scan a code')],
        ...places.map(([key, , word]) => [`g ${key}`, t('Go to {place}', { place: word })]), ...ALWAYS].map(row)),
    element('label', { class: 'check' }, box, t('Single keys do something')),
    element('div', { class: 'buttons' }, element('button', { type: 'button', class: 'primary', click: () => node.close() }, t('Close'))));
  node.addEventListener('close', () => {
    node.remove();
    if (before?.isConnected) before.focus();
  });
  document.body.append(node);
  node.showModal();
}
