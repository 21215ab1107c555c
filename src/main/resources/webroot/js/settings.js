import { Administration } from './settings-admin.js';
import { Categories, Inventories, Members, Reminders } from './settings-inventory.js';
import { Data, Password, Profile, Sessions, Tokens, TwoFactor } from './settings-account.js';
import { Channels } from './settings-channels.js';
import { Webhooks } from './settings-webhooks.js';
import { html } from './ui.js';

const SECTIONS = [
  ['You', [
    ['profile', 'Profile', Profile], ['password', 'Password', Password], ['two-factor', 'Two-factor', TwoFactor],
    ['sessions', 'Sessions', Sessions], ['tokens', 'API tokens', Tokens], ['reminders', 'Reminders', Reminders], ['channels', 'Channels', Channels], ['data', 'Your data', Data],
  ]],
  ['Inventory', [
    ['categories', 'Categories', Categories], ['inventories', 'Inventories', Inventories], ['members', 'Members', Members], ['webhooks', 'Webhooks', Webhooks],
  ]],
  ['Server', [['administration', 'Administration', Administration]]],
];

/** Everything that is set: each section is a place of its own. */
export function Settings({ session, section }) {
  const groups = SECTIONS.filter(([name]) => name !== 'Server' || session.person().role === 'ADMIN');
  const all = groups.flatMap(([, sections]) => sections);
  const [chosen, word, Section] = all.find(([key]) => key === section) ?? all[0];
  return html`
    <section class="headline"><h1 tabindex="-1">${word}<span class="hidden"> settings</span></h1></section>
    <div class="settings">
      <nav class="sections" aria-label="Settings">${groups.map(([name, sections]) => html`<div key=${name}>
        <h2>${name}</h2>
        <ul>${sections.map(([key, title]) => html`<li key=${key}><a href=${`#/settings/${key}`} aria-current=${key === chosen ? 'page' : undefined}>${title}</a></li>`)}</ul>
      </div>`)}</nav>
      <div class="section"><${Section} key=${chosen} session=${session} /></div>
    </div>`;
}
