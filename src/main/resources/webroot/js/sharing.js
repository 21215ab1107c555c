import { byId, element, say } from './dom.js';
import { HERE } from './kept.js';
import { ACCEPT_INVITATION } from './operations.js';
import { t } from './words.js';

/** What the link of an invitation leads to. */
const LINK = /^#invitation=([\w-]+)$/;
const WAITING = `expiry-tracker.invitation${HERE}`;

/** Keeps the code of an invitation by which the page was opened until somebody is logged in; it leaves the address at once. */
export function keepInvitation() {
  const code = LINK.exec(location.hash)?.[1];
  if (code) {
    sessionStorage.setItem(WAITING, code);
    history.replaceState(null, '', location.pathname + location.search);
  }
  addEventListener('hashchange', () => { if (LINK.test(location.hash)) location.reload(); });
}

/**
 * Accepts the invitation that waits, if any; whether the page shows another inventory from now on.
 * @param {Api} api
 */
export async function acceptInvitation(api) {
  const code = sessionStorage.getItem(WAITING);
  if (code === null) return false;
  sessionStorage.removeItem(WAITING);
  const { inventory, userErrors } = (await api.request(ACCEPT_INVITATION, { input: { code } })).acceptInvitation;
  say(inventory ? t('You share {name} now.', inventory) : userErrors[0].message);
  if (inventory) api.actIn(inventory.id);
  return inventory !== null;
}

/**
 * The choice among the inventories of which the person is a member; not shown when there is but one.
 * @param {{ inventories: Answer<'VIEWER'>['inventories']; current: string; onChosen: (id: string) => void }} options
 */
export function showInventories({ inventories, current, onChosen }) {
  const choice = byId('inventory');
  choice.replaceChildren(...inventories.map(({ id, name, role }) => element('option', {
    value: id, selected: id === current,
  }, role === 'VIEWER' ? t('{name} (to look at)', { name }) : name)));
  choice.closest('span').hidden = inventories.length < 2;
  choice.onchange = () => onChosen(choice.value);
}
