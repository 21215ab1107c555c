import { stackedBar } from './bars.js';
import { arrange, byId, element } from './dom.js';
import { date, quantity, value } from './format.js';
import { AT_RISK } from './operations.js';
import { addressOf } from './router.js';
import { n, t } from './words.js';

const SHOWN = 6;

/**
 * What will expire before it is used, the greatest losses first.
 * @param {{ api: Api; today: () => string; onFailure: (error: Failure) => void; isWanted: () => boolean }} options
 */
export function createRisk({ api, today, onFailure, isWanted }) {
  const summary = byId('risk-summary');
  const list = byId('risk-lots');
  /** @type {Map<string, ReturnType<typeof row>>} */
  const rows = new Map();
  let stale = true;

  async function load() {
    stale = false;
    try {
      const found = await api.read(AT_RISK, {}, { isWanted, onOld: (old) => show(old.atRisk) });
      if (found !== null) show(found.atRisk);
    } catch (error) {
      onFailure(error);
    }
  }

  /** @param {Answer<'AT_RISK'>['atRisk']} forecast */
  function show({ items, value: loss, lots }) {
    summary.textContent = items === 0
      ? t('Everything that expires within 90 days is used in time, at the rate of the last 90 days.')
      : n(items, 'At the rate of the last 90 days, {count} item worth {value} will expire before it is used.',
        'At the rate of the last 90 days, {count} items worth {value} will expire before they are used.', { value: value(loss) });
    arrange(list, lots.slice(0, SHOWN).map((lot) => {
      const { id } = lot.item;
      if (!rows.has(id)) rows.set(id, row());
      rows.get(id).update(lot, today());
      return rows.get(id).node;
    }));
  }

  return {
    load,

    isStale: () => stale,

    /**
     * What it tells has changed: it is read again now when somebody sees it, else when they do.
     * @param {boolean} isSeen
     */
    changed(isSeen) {
      stale = !isSeen;
      return isSeen ? load() : null;
    },
  };
}

function row() {
  const bar = stackedBar(7);
  const word = element('strong');
  const name = element('a', { class: 'plain' }, word);
  const loss = element('span', { class: 'muted' });
  const words = element('span', { class: 'muted' });
  const node = element('li', {}, name, loss, words, bar.svg);
  return {
    node,
    /**
     * @param {Answer<'AT_RISK'>['atRisk']['lots'][number]} lot
     * @param {string} day
     */
    update({ item, quantity: left, value: worth }, day) {
      word.textContent = item.name;
      name.href = addressOf(['items', item.id]);
      loss.textContent = value(worth);
      words.textContent = t('{left} of {quantity} left over on {date}', {
        left: quantity(left, item.unit), quantity: quantity(item.quantity, item.unit), date: date(item.expiryDate ?? day, day),
      });
      bar.draw([
        { key: 'EXPIRED', size: Number(left) },
        { key: 'ACTIVE', size: Number(item.quantity) - Number(left) },
      ], Number(item.quantity), words.textContent);
    },
  };
}
