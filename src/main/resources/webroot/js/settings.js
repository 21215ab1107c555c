import { Administration } from './settings-admin.js';
import { Categories, Inventories, Members, Reminders } from './settings-inventory.js';
import { Data, Password, Profile, Sessions, Tokens, TwoFactor } from './settings-account.js';
import { Channels } from './settings-channels.js';
import { Webhooks } from './settings-webhooks.js';
import { html } from './ui.js';
import { t } from './words.js';

/** @type {SettingsGroup} */
const YOU = [t('You|settings'), [
  ['profile', t('Profile'), Profile], ['password', t('Password'), Password], ['two-factor', t('Two-factor'), TwoFactor],
  ['sessions', t('Sessions'), Sessions], ['tokens', t('API tokens'), Tokens], ['reminders', t('Reminders'), Reminders],
  ['channels', t('Channels'), Channels], ['data', t('Your data'), Data],
]];
/** @type {SettingsGroup} */
const INVENTORY = [t('Inventory'), [
  ['categories', t('Categories'), Categories], ['inventories', t('Inventories'), Inventories], ['members', t('Members'), Members],
  ['webhooks', t('Webhooks'), Webhooks],
]];
/** @type {SettingsGroup} */
const SERVER = [t('Server'), [['administration', t('Administration'), Administration]]];

/**
 * Everything that is set: each section is a place of its own.
 * @param {{ session: Session, section: string | undefined }} props
 */
export function Settings({ session, section }) {
  const groups = session.person().role === 'ADMIN' ? [YOU, INVENTORY, SERVER] : [YOU, INVENTORY];
  const all = groups.flatMap(([, sections]) => sections);
  const [chosen, word, Section] = all.find(([key]) => key === section) ?? all[0];
  return html`
    <section class="headline"><h1 tabindex="-1"><span class="hidden">${t('Settings')}: </span>${word}</h1></section>
    <div class="settings">
      <nav class="sections" aria-label=${t('Settings')}>${groups.map(([name, sections]) => html`<div key=${name}>
        <h2>${name}</h2>
        <ul>${sections.map(([key, title]) => html`<li key=${key}><a href=${`#/settings/${key}`} aria-current=${key === chosen ? 'page' : undefined}>${title}</a></li>`)}</ul>
      </div>`)}</nav>
      <div class="section"><${Section} key=${chosen} session=${session} /></div>
    </div>`;
}
