import { confirmed, say } from './dom.js';
import { count, dayAndTime, daysAfter, instant } from './format.js';
import { ADMINISTRATION, USERS, USER_LOGIN_ATTEMPTS } from './operations.js';
import { LoginAttempts, Once } from './settings-account.js';
import { Card, Choice, Form, Text, Waiting, html, usePages, useState } from './ui.js';

/** The accounts of the server, for administrators. */
export function Administration({ session }) {
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState(null);
  const [secret, setSecret] = useState(null);
  const { rows, page, more, failure, again } = usePages(session, USERS, { search: search || null }, 'users');
  const me = session.person().id;

  /** Does one of the eight things that an administrator can do with an account. */
  async function act(field, { id, username }, { input = {}, ask = null, said }) {
    if (ask && !await confirmed({ title: `${ask.word} ${username}?`, ...ask })) return null;
    try {
      const payload = (await session.api.request(ADMINISTRATION[field], { input: { userId: id, ...input } }))[field];
      say(payload.userErrors[0]?.message ?? said);
      again();
      return payload.userErrors.length === 0 ? payload : null;
    } catch (error) {
      session.onFailure(error);
      return null;
    }
  }

  const find = ({ search: words }) => {
    setSearch(words.value.trim());
    return [];
  };
  return html`
    ${secret && html`<${Once} title=${`Reset for ${secret.username}`} hint=${`Make sure that it reaches them alone. It works once, until ${dayAndTime(secret.expiresAt, session.timeZone())}.`} secret=${secret.link} onDone=${() => setSecret(null)} />`}
    <${Card} title="Accounts" hint=${page ? count(page.totalCount, 'account', 'accounts') : null}>
      <${Form} id="find-user" word="Search" style="" onSend=${find}><${Text} label="Username or e-mail" name="search" type="search" maxlength="254" autocomplete="off" wide /></${Form}>
      ${rows === null ? html`<${Waiting} failure=${failure} />` : rows.length === 0 ? html`<p class="empty">Nobody is called like this.</p>` : html`<ul class="rows">${rows.map((user) => {
        const isLocked = user.lockedUntil && Date.parse(user.lockedUntil) > Date.now();
        const isOpen = open === user.id;
        return html`<li key=${user.id} class=${isOpen ? 'open' : ''}>
          <div><strong>${user.username}</strong>
            ${user.role === 'ADMIN' && html` <span class="status ACTIVE">administrator</span>`}
            ${isLocked && html` <span class="status EXPIRING_SOON">locked</span>`}
            ${!user.active && html` <span class="status EXPIRED">not active</span>`}
            <p class="muted">${[`${user.email}${user.emailVerified ? '' : ' (not confirmed)'}`, user.twoFactorEnabled ? 'two-factor' : null,
              user.lastLoginAt ? `last here ${instant(user.lastLoginAt, session.timeZone())}` : 'never here'].filter(Boolean).join(' · ')}</p></div>
          ${user.id === me ? html`<span class="muted">you</span>` : html`<button type="button" class="quiet small" aria-expanded=${String(isOpen)} onClick=${() => setOpen(isOpen ? null : user.id)}>${isOpen ? 'Close' : 'Manage'}<span class="hidden"> ${user.username}</span></button>`}
          ${isOpen && html`<div class="inside">
            <div class="item-tools">
              ${user.active
                ? html`<button type="button" onClick=${() => act('deactivateUser', user, { said: `${user.username} is deactivated.`, ask: { word: 'Deactivate', text: 'All sessions end, and nobody acts for this account. Its data stays.' } })}>Deactivate</button>`
                : html`<button type="button" onClick=${() => act('activateUser', user, { said: `${user.username} is active again.` })}>Activate</button>`}
              <button type="button" onClick=${() => act('unlockUser', user, { said: `${user.username} is not locked.` })}>Unlock</button>
              ${user.role === 'ADMIN'
                ? html`<button type="button" onClick=${() => act('demoteUser', user, { said: `${user.username} is no administrator any more.`, ask: { word: 'Demote', text: 'They stay a user like others.' } })}>Demote</button>`
                : html`<button type="button" onClick=${() => act('promoteUser', user, { said: `${user.username} is an administrator now.`, ask: { word: 'Promote', text: 'They manage accounts from now on, yours too.', danger: false } })}>Make administrator</button>`}
              ${user.twoFactorEnabled && html`<button type="button" onClick=${() => act('resetTwoFactor', user, { said: 'Two-factor authentication is off for them.', ask: { word: 'Turn two-factor off for', text: 'For whoever has lost both app and recovery codes. All their sessions end.' } })}>Turn two-factor off</button>`}
              <button type="button" onClick=${async () => {
                const reset = await act('issuePasswordReset', user, { said: 'The link is above.', ask: { word: 'Reset the password of', text: 'Makes a link by which a new password is set.', danger: false } });
                if (reset) setSecret({ username: user.username, expiresAt: reset.expiresAt, link: `${new URL('.', document.baseURI).href}#reset=${reset.token}` });
              }}>Reset the password</button>
            </div>
            <${Form} id="lock" word="Lock" style="" onSend=${async ({ days }) => {
              await act('lockUser', user, { input: { until: new Date(`${daysAfter(session.today(), Number(days.value))}T00:00`).toISOString() }, said: `${user.username} is locked.` });
              return [];
            }}><${Choice} label="Lock for" name="days" value="1" options=${[['1', 'until tomorrow'], ['7', 'a week'], ['30', 'a month'], ['365', 'a year']]} wide /></${Form}>
            <${LoginAttempts} session=${session} query=${USER_LOGIN_ATTEMPTS} variables=${{ userId: user.id }} field="userLoginAttempts" />
          </div>`}
        </li>`;
      })}</ul>`}
      ${more && html`<button type="button" class="more" onClick=${more}>Show more</button>`}
    </${Card}>`;
}
