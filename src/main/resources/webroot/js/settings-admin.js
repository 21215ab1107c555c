import { confirmed, say } from './dom.js';
import { dayAndTime, daysAfter, instant } from './format.js';
import { ADMINISTRATION, USERS, USER_LOGIN_ATTEMPTS } from './operations.js';
import { LoginAttempts, Once, Opener } from './settings-account.js';
import { Card, Choice, Form, Text, Waiting, html, usePages, useState } from './ui.js';
import { n, t } from './words.js';

const LOCKS = [['1', t('until tomorrow')], ['7', t('a week')], ['30', t('a month')], ['365', t('a year')]];

/**
 * The accounts of the server, for administrators.
 * @param {{ session: Session }} props
 */
export function Administration({ session }) {
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState(null);
  /** @type {State<{ username: string; expiresAt: string; link: string } | null>} */
  const [secret, setSecret] = useState(null);
  const { rows, page, more, failure, again } = usePages(session, USERS, { search: search || null }, 'users');
  const me = session.person().id;

  /**
   * Does one of the eight things that an administrator can do with an account, once it was asked about where `ask` is given.
   * @param {keyof Operations['ADMINISTRATION']} field
   * @param {{ id: string }} user
   * @param {{ input?: object; ask?: Parameters<typeof confirmed>[0] | null; said: string }} how
   * @returns {Promise<any>}
   */
  async function act(field, { id }, { input = {}, ask = null, said }) {
    if (ask && !await confirmed(ask)) return null;
    try {
      /** @type {Record<string, Operation<any, any>>} */
      const operations = ADMINISTRATION;
      const payload = (await session.api.request(operations[field], { input: { userId: id, ...input } }))[field];
      say(payload.userErrors[0]?.message ?? said);
      again();
      return payload.userErrors.length === 0 ? payload : null;
    } catch (error) {
      session.onFailure(error);
      return null;
    }
  }

  /** @param {Account} user */
  async function resetPassword(user) {
    const reset = await act('issuePasswordReset', user, {
      said: t('The link is above.'),
      ask: {
        title: t('Reset the password of {username}?', user), word: t('Make the link'), danger: false,
        text: t('This makes a link by which a new password is set.'),
      },
    });
    if (!reset) return;
    const link = `${new URL('.', document.baseURI).href}#reset=${reset.token}`;
    setSecret({ username: user.username, expiresAt: reset.expiresAt, link });
  }

  /** @param {Fields} fields */
  const find = ({ search: words }) => {
    setSearch(words.value.trim());
    return [];
  };
  return html`
    ${secret && html`<${Once} title=${t('Link for {username} to set a new password', secret)} secret=${secret.link} onDone=${() => setSecret(null)}
      hint=${t('Make sure that only they get it. It works once, until {time}.', { time: dayAndTime(secret.expiresAt, session.timeZone()) })} />`}
    <${Card} title=${t('Accounts')} hint=${page ? n(page.totalCount, '{count} account', '{count} accounts') : null}>
      <${Form} id="find-user" word=${t('Search')} style="" onSend=${find}>
        <${Text} label=${t('Username or e-mail')} name="search" type="search" maxlength="254" autocomplete="off" wide /></${Form}>
      ${rows === null ? html`<${Waiting} failure=${failure} />`
        : rows.length === 0 ? html`<p class="empty">${t('Nobody has such a name or address.')}</p>`
        : html`<ul class="rows">${rows.map((user) => html`<li key=${user.id} class=${open === user.id ? 'open' : ''}>
          <${About} user=${user} timeZone=${session.timeZone()} />
          ${user.id === me ? html`<span class="muted">${t('you')}</span>`
            : html`<${Opener} name=${user.username} isOpen=${open === user.id} onClick=${() => setOpen(open === user.id ? null : user.id)} />`}
          ${open === user.id && html`<${Manage} session=${session} user=${user} act=${act} onReset=${resetPassword} />`}
        </li>`)}</ul>`}
      ${more && html`<button type="button" class="more" onClick=${more}>${t('Show more')}</button>`}
    </${Card}>`;
}

/**
 * An account in two lines.
 * @param {{ user: Account, timeZone: string }} props
 */
function About({ user, timeZone }) {
  const isLocked = user.lockedUntil && Date.parse(user.lockedUntil) > Date.now();
  return html`<div><strong>${user.username}</strong>
    ${user.role === 'ADMIN' && html` <span class="status ACTIVE">${t('administrator')}</span>`}
    ${isLocked && html` <span class="status EXPIRING_SOON">${t('locked')}</span>`}
    ${!user.active && html` <span class="status EXPIRED">${t('not active')}</span>`}
    <p class="muted">${[
      user.emailVerified ? user.email : t('{email} (not confirmed)', user), user.twoFactorEnabled ? t('two-factor') : null,
      user.lastLoginAt ? t('last here {when}', { when: instant(user.lastLoginAt, timeZone) }) : t('never here'),
    ].filter(Boolean).join(' · ')}</p></div>`;
}

/**
 * What can be done with an account.
 * @param {{ session: Session, user: Account, act: (field: keyof Operations['ADMINISTRATION'], user: Account, how: { input?: object; ask?: Parameters<typeof confirmed>[0]; said: string }) => Promise<any>, onReset: (user: Account) => void }} props
 */
function Manage({ session, user, act, onReset }) {
  const deactivate = () => act('deactivateUser', user, {
    said: t('{username} is deactivated.', user),
    ask: {
      title: t('Deactivate {username}?', user), word: t('Deactivate'),
      text: t('All sessions end, and nobody acts for this account. Its data stays.'),
    },
  });
  const activate = () => act('activateUser', user, { said: t('{username} is active again.', user) });
  const demote = () => act('demoteUser', user, {
    said: t('{username} is no longer an administrator.', user),
    ask: { title: t('Demote {username}?', user), word: t('Demote'), text: t('The account stays, without the rights of an administrator.') },
  });
  const promote = () => act('promoteUser', user, {
    said: t('{username} is an administrator now.', user),
    ask: {
      title: t('Make {username} an administrator?', user), word: t('Promote'), danger: false,
      text: t('They manage accounts from now on, yours too.'),
    },
  });
  const resetTwoFactor = () => act('resetTwoFactor', user, {
    said: t('Two-factor authentication is off for {username}.', user),
    ask: {
      title: t('Turn two-factor off for {username}?', user), word: t('Turn two-factor off'),
      text: t('For whoever has lost both app and recovery codes. All their sessions end.'),
    },
  });
  /** @param {Fields} fields */
  const lock = async ({ days }) => {
    const until = new Date(`${daysAfter(session.today(), Number(days.value))}T00:00`).toISOString();
    await act('lockUser', user, { input: { until }, said: t('{username} is locked.', user) });
    return [];
  };
  return html`<div class="inside">
    <div class="item-tools">
      ${user.active ? html`<button type="button" onClick=${deactivate}>${t('Deactivate')}</button>`
        : html`<button type="button" onClick=${activate}>${t('Activate')}</button>`}
      <button type="button" onClick=${() => act('unlockUser', user, { said: t('{username} is not locked.', user) })}>${t('Unlock')}</button>
      ${user.role === 'ADMIN' ? html`<button type="button" onClick=${demote}>${t('Demote')}</button>`
        : html`<button type="button" onClick=${promote}>${t('Make administrator')}</button>`}
      ${user.twoFactorEnabled && html`<button type="button" onClick=${resetTwoFactor}>${t('Turn two-factor off')}</button>`}
      <button type="button" onClick=${() => onReset(user)}>${t('Reset the password')}</button>
    </div>
    <${Form} id="lock" word=${t('Lock')} style="" onSend=${lock}>
      <${Choice} label=${t('Lock for')} name="days" value="1" options=${LOCKS} wide /></${Form}>
    <${LoginAttempts} session=${session} query=${USER_LOGIN_ATTEMPTS} variables=${{ userId: user.id }} field="userLoginAttempts" />
  </div>`;
}
