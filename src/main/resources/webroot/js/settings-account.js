import { confirmed, element, say } from './dom.js';
import { dayAndTime, instant, labelled } from './format.js';
import {
  API_TOKENS, CHANGE_PASSWORD, CONFIRM_TWO_FACTOR, CREATE_API_TOKEN, DELETE_ACCOUNT, DISABLE_TWO_FACTOR, EXPORT_MY_DATA, LOGIN_ATTEMPTS,
  LOGOUT_EVERYWHERE, PROFILE, REGENERATE_RECOVERY_CODES, REMOVE_SECURITY_QUESTION, REVOKE_API_TOKEN, REVOKE_SESSION,
  SEND_VERIFICATION_EMAIL, SESSIONS, SET_SECURITY_QUESTION, START_TWO_FACTOR, UPDATE_PROFILE,
} from './operations.js';
import { Card, Check, Choice, Form, Text, Waiting, html, settle, useEffect, usePages, useRead, useRef, useState } from './ui.js';
import { chooseLanguage, chosenLanguage, languages, t } from './words.js';

const QUESTIONS = [
  ['FIRST_TEACHER', t('Who was your first teacher?')],
  ['FIRST_JOB', t('What was your first job?')],
  ['FIRST_CONCERT', t('Whose concert did you go to first?')],
  ['FIRST_HOLIDAY', t('Where did you spend the first holiday that you remember?')],
  ['CHILDHOOD_FRIEND', t('Who was your best friend as a child?')],
  ['CHILDHOOD_BOOK', t('Which book did you love as a child?')],
  ['GRANDPARENTS_HOME', t('Where did your grandparents live?')],
  ['UNFULFILLED_WISH', t('What did you want to become as a child?')],
];

/**
 * The time zones that this browser knows, and the one in force.
 * @param {string} current
 */
export function timeZones(current) {
  const zones = new Set(['UTC', current, ...Intl.supportedValuesOf('timeZone')]);
  return [...zones].sort().map((zone) => [zone, zone.replaceAll('_', ' ')]);
}

export const HOURS = Array.from({ length: 24 }, (none, hour) => [String(hour), `${String(hour).padStart(2, '0')}:00`]);

/** @param {Session} session */
const useProfile = (session) => useRead(session, PROFILE, {}, ['account']);

/**
 * Opens a row, and closes it again; `label` is what the button says to whoever does not see the row.
 * @param {{ name: string, isOpen: boolean, word?: string, label?: string, onClick: () => void }} props
 */
export function Opener({ name, isOpen, word = t('Manage'), label = t('Manage {name}', { name }), onClick }) {
  return html`<button type="button" class="quiet small" aria-expanded=${String(isOpen)}
    aria-label=${isOpen ? t('Close {name}', { name }) : label} onClick=${onClick}>${isOpen ? t('Close') : word}</button>`;
}

/**
 * Does what a button asks for, says what came of it, and whether it was done.
 * @template Answered
 * @template {keyof Answered} Field
 * @template {{ input: object }} Variables
 * @param {Session} session
 * @param {Operation<Answered, Variables>} query
 * @param {Field} field
 * @param {NoInfer<Variables>['input']} input
 * @param {string} message
 * @returns {Promise<Answered[Field] | null>}
 */
export async function act(session, query, field, input, message) {
  try {
    /** @type {Operation<Answered, any>} */
    const operation = query;
    /** @type {any} */
    const payload = (await session.api.request(operation, { input }))[field];
    say(payload.userErrors[0]?.message ?? message);
    return payload.userErrors.length === 0 ? payload : null;
  } catch (error) {
    session.onFailure(error);
    return null;
  }
}

/** @param {{ session: Session }} props */
export function Profile({ session }) {
  const { data, failure, again } = useProfile(session);
  const [newAddress, setNewAddress] = useState(false);
  if (data === null) return html`<${Waiting} failure=${failure} />`;
  const { viewer } = data;

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   * @returns {Promise<readonly Refusal[]>}
   */
  async function send(fields, form) {
    const email = fields.email.value.trim();
    const input = {
      username: fields.username.value.trim(), timeZone: fields.timeZone.value,
      leadDays: Number(fields.leadDays.value), turnHour: Number(fields.turnHour.value),
      ...(email === viewer.email ? {} : { email, password: fields.password?.value ?? '' }),
    };
    const { userErrors } = (await session.api.request(UPDATE_PROFILE, { input })).updateProfile;
    if (userErrors.length > 0) return userErrors;
    say(email === viewer.email ? t('Your profile was saved.')
      : t('Your profile was saved. A mail to {email} says how to confirm the address.', { email }));
    if (fields.password) fields.password.value = '';
    settle(form);
    setNewAddress(false);
    session.changed('account');
    again();
    return [];
  }

  const sendConfirmation = () => act(session, SEND_VERIFICATION_EMAIL, 'sendVerificationEmail', {},
    t('If this server sends mail, one is on its way to {email}: open the link in it.', viewer));

  return html`
    <${Card} title=${t('Who you are')}>
      <${Form} id="profile" word=${t('Save')} onSend=${send}>
        <${Text} label=${t('Username')} name="username" value=${viewer.username} autocomplete="username" autocapitalize="none" spellcheck="false" required />
        <${Text} label=${t('E-mail')} name="email" type="email" value=${viewer.email} autocomplete="email" required
          onInput=${(event) => setNewAddress(event.target.value.trim() !== viewer.email)} />
        ${newAddress && html`<${Text} label=${t('Password')} hint=${t('to change the address')} name="password" type="password" autocomplete="current-password" wide required />`}
        <${Choice} label=${t('Time zone')} hint=${t('where your days begin and end')} name="timeZone" value=${viewer.timeZone} options=${timeZones(viewer.timeZone)} />
        <${Choice} label=${t('Your day begins at')} hint=${t('reminders and the report are made then')} name="turnHour" value=${String(viewer.turnHour)} options=${HOURS} />
        <${Text} label=${t('Lead days')} hint=${t('how long before its date an item expires soon, unless it or its category says otherwise')}
          name="leadDays" value=${viewer.leadDays} inputmode="numeric" data-whole required wide />
      </${Form}>
    </${Card}>
    <${Card} title=${t('Your address')} hint=${viewer.emailVerified
      ? t('{email} is confirmed: the daily e-mail and links to reset your password go there.', viewer)
      : t('{email} is not confirmed yet. Reminders are mailed once it is.', viewer)}>
      ${!viewer.emailVerified && html`<button type="button" onClick=${sendConfirmation}>${t('Send the confirmation')}</button>`}
    </${Card}>
    ${languages().length > 2 && html`<${Card} title=${t('Language')} hint=${t('This browser remembers it.')}>
      <${Choice} label=${t('Language of the pages')} value=${chosenLanguage()} options=${languages()} onChange=${({ target }) => chooseLanguage(target.value)} /></${Card}>`}`;
}

/** @param {{ session: Session }} props */
export function Password({ session }) {
  const { data, failure, again } = useProfile(session);
  if (data === null) return html`<${Waiting} failure=${failure} />`;
  const { viewer } = data;
  const question = QUESTIONS.find(([key]) => key === viewer.securityQuestion)?.[1];

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   * @returns {Promise<readonly Refusal[]>}
   */
  async function change(fields, form) {
    if (fields.newPassword.value !== fields.repeated.value) return [{ field: ['repeated'], message: t('This is not the same as above.') }];
    const { userErrors } = (await session.api.request(CHANGE_PASSWORD, { input: {
      currentPassword: fields.currentPassword.value, newPassword: fields.newPassword.value, keepApiTokens: fields.keepApiTokens.checked,
    } })).changePassword;
    if (userErrors.length > 0) return userErrors;
    form.reset();
    say(t('Your password is changed. Other sessions have ended.'));
    return [];
  }

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   */
  async function setQuestion(fields, form) {
    const { userErrors } = (await session.api.request(SET_SECURITY_QUESTION, { input: {
      question: fields.question.value, answer: fields.answer.value, password: fields.password.value,
    } })).setSecurityQuestion;
    if (userErrors.length > 0) return userErrors;
    form.reset();
    say(t('The question is set.'));
    again();
    return [];
  }

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   */
  async function removeQuestion(fields, form) {
    const { userErrors } = (await session.api.request(REMOVE_SECURITY_QUESTION, { input: { password: fields.password.value } })).removeSecurityQuestion;
    if (userErrors.length > 0) return userErrors;
    form.reset();
    say(t('The question is removed.'));
    again();
    return [];
  }

  return html`
    <${Card} title=${t('Change the password')}
      hint=${t('Every other session ends. So do API tokens, unless you keep them: whoever knew the old password may have made one.')}>
      <${Form} id="change-password" word=${t('Change it')} onSend=${change}>
        <input type="hidden" name="username" autocomplete="username" value=${viewer.username} />
        <${Text} label=${t('Current password')} name="currentPassword" type="password" autocomplete="current-password" wide required />
        <${Text} label=${t('New password')} hint=${t('at least 15 characters; a few words will do')} name="newPassword" type="password" autocomplete="new-password" required />
        <${Text} label=${t('New password again')} name="repeated" type="password" autocomplete="new-password" required />
        <${Check} label=${t('Keep my API tokens')} name="keepApiTokens" />
      </${Form}>
    </${Card}>
    <${Card} title=${t('Security question')} hint=${question ? t('A reset of your password asks: {question}', { question })
      : t('None is set. With one, a link from your mail alone does not reset your password.')}>
      <${Form} id="set-question" word=${question ? t('Set another question') : t('Set the question')} onSend=${setQuestion}>
        <${Choice} label=${t('Question')} name="question" value=${viewer.securityQuestion ?? QUESTIONS[0][0]} options=${QUESTIONS} wide />
        <${Text} label=${t('Answer')} hint=${t('case, spaces and punctuation do not count')} name="answer" autocomplete="off" maxlength="200" required />
        <${Text} label=${t('Password')} name="password" type="password" autocomplete="current-password" required />
      </${Form}>
      ${question && html`<${Form} id="remove-question" word=${t('Remove the question')} style="" onSend=${removeQuestion}>
        <${Text} label=${t('Password')} name="password" type="password" autocomplete="current-password" wide required /></${Form}>`}
    </${Card}>`;
}

/** @param {{ session: Session }} props */
export function TwoFactor({ session }) {
  const { data, failure, again } = useProfile(session);
  /** @type {State<{ secret: string; qrCode: string } | null>} */
  const [enrolment, setEnrolment] = useState(null);
  /** @type {State<readonly string[] | null>} */
  const [codes, setCodes] = useState(null);
  if (data === null) return html`<${Waiting} failure=${failure} />`;
  const { viewer } = data;
  /** @param {readonly string[] | null} recoveryCodes */
  const done = (recoveryCodes) => {
    setEnrolment(null);
    setCodes(recoveryCodes);
    again();
  };

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   */
  async function start({ password }, form) {
    const { twoFactorEnrolment, userErrors } = (await session.api.request(START_TWO_FACTOR, { input: { password: password.value } })).startTwoFactor;
    if (userErrors.length > 0) return userErrors;
    form.reset();
    setEnrolment(twoFactorEnrolment);
    return [];
  }

  /** @param {Fields} fields */
  async function confirm({ code }) {
    const { recoveryCodes, userErrors } = (await session.api.request(CONFIRM_TWO_FACTOR, { input: { code: code.value } })).confirmTwoFactor;
    if (userErrors.length > 0) return userErrors;
    say(t('Two-factor authentication is on. Other sessions have ended.'));
    done(recoveryCodes);
    return [];
  }

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   */
  async function regenerate({ password }, form) {
    const { recoveryCodes, userErrors } = (await session.api.request(REGENERATE_RECOVERY_CODES, { input: { password: password.value } })).regenerateRecoveryCodes;
    if (userErrors.length > 0) return userErrors;
    form.reset();
    done(recoveryCodes);
    return [];
  }

  /** @param {Fields} fields */
  async function turnOff({ password, code }) {
    const { userErrors } = (await session.api.request(DISABLE_TWO_FACTOR, { input: { password: password.value, code: code.value } })).disableTwoFactor;
    if (userErrors.length > 0) return userErrors;
    say(t('Two-factor authentication is off.'));
    done(null);
    return [];
  }

  if (codes !== null) return html`<${RecoveryCodes} codes=${codes} username=${viewer.username} onDone=${() => setCodes(null)} />`;
  if (enrolment !== null) {
    return html`<${Card} title=${t('Set it up')} hint=${t('Scan this with your authenticator app, or type the secret into it. Then enter the code that it shows.')}>
      <${Form} id="two-factor-confirm" word=${t('Turn it on')} onSend=${confirm}
        extra=${html`<button type="button" class="quiet" onClick=${() => setEnrolment(null)}>${t('Cancel')}</button>`}>
        <img id="two-factor-qr" class="qr" alt=${t('QR code of the secret')} width="240" height="240" src=${`data:image/svg+xml,${encodeURIComponent(enrolment.qrCode)}`} />
        <div><p class="hint">${t('Secret')}</p><p><code id="two-factor-secret" class="secret">${enrolment.secret.replace(/.{4}(?=.)/g, '$& ')}</code></p>
          <${Text} label=${t('Code')} name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="16" required /></div>
      </${Form}></${Card}>`;
  }
  if (!viewer.twoFactorEnabled) {
    return html`<${Card} title=${t('It is off')}
      hint=${t('When it is on, a login also asks for a code that only your authenticator app shows, so a stolen password is not enough.')}>
      <${Form} id="two-factor-start" word=${t('Set it up')} onSend=${start}>
        <${Text} label=${t('Password')} name="password" type="password" autocomplete="current-password" wide required /></${Form}></${Card}>`;
  }
  return html`
    <${Card} title=${t('It is on')} hint=${t('A login asks for a code. New recovery codes replace the old ones.')}>
      <${Form} id="two-factor-codes-again" word=${t('New recovery codes')} style="" onSend=${regenerate}>
        <${Text} label=${t('Password')} name="password" type="password" autocomplete="current-password" wide required /></${Form}></${Card}>
    <${Card} title=${t('Turn it off')}>
      <${Form} id="two-factor-off" word=${t('Turn it off')} danger onSend=${turnOff}>
        <${Text} label=${t('Password')} name="password" type="password" autocomplete="current-password" required />
        <${Text} label=${t('Code')} hint=${t('or a recovery code')} name="code" maxlength="64" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required /></${Form}></${Card}>`;
}

/** @param {{ codes: string[], username: string, onDone: () => void }} props */
function RecoveryCodes({ codes, username, onDone }) {
  const list = useRef(null);
  const first = useRef(null);
  useEffect(() => first.current.focus(), []);
  return html`<${Card} title=${t('Recovery codes')}
    hint=${t('Each of these works once in place of the app, should you lose it. They are shown only now: print them, or keep them where your password is not.')}>
    <div class="print"><p class="only-printed">${t('Expiry Tracker: recovery codes of {username}', { username })}</p>
      <ul id="recovery-codes" class="codes" ref=${list}>${codes.map((code) => html`<li key=${code}>${code}</li>`)}</ul></div>
    <div class="buttons">
      <button type="button" class="quiet" ref=${first} onClick=${() => copy(codes.join('\n'), list.current)}>${t('Copy')}</button>
      <button type="button" class="quiet" onClick=${() => print()}>${t('Print')}</button>
      <button type="button" class="primary" onClick=${onDone}>${t('I have kept them')}</button>
    </div></${Card}>`;
}

/** @param {{ session: Session }} props */
export function Sessions({ session }) {
  const { rows, more, failure, again } = usePages(session, SESSIONS, {}, 'sessions', ['account']);
  /** @param {{ id: string }} one */
  const revoke = async ({ id }) => {
    if (await act(session, REVOKE_SESSION, 'revokeSession', { id }, t('The session has ended.'))) again();
  };
  /** @param {boolean} exceptThis */
  const leave = async (exceptThis) => {
    if (!exceptThis && !await confirmed({ title: t('Log out everywhere?'), text: t('This session ends too.'), word: t('Log out') })) return;
    const done = await act(session, LOGOUT_EVERYWHERE, 'logoutEverywhere', { exceptThis },
      exceptThis ? t('All other sessions have ended.') : t('You are logged out everywhere.'));
    if (!done) return;
    if (exceptThis) again();
    else session.api.leave();
  };
  return html`
    <${Card} title=${t('Where you are logged in')} actions=${html`
      <button type="button" class="quiet small" onClick=${() => leave(true)}>${t('Log out elsewhere')}</button>
      <button type="button" class="quiet small" onClick=${() => leave(false)}>${t('Log out everywhere')}</button>`}>
      ${rows === null ? html`<${Waiting} failure=${failure} />` : html`<ul class="rows">${rows.map((each) => html`<li key=${each.id}>
        <div><strong>${browserOf(each.userAgent)}</strong>${each.current && html` <span class="status ACTIVE">${t('this one')}</span>`}
          <p class="muted">${[each.address, t('since {time}', { time: dayAndTime(each.createdAt, session.timeZone()) }),
            t('last used {when}', { when: instant(each.lastUsedAt, session.timeZone()) })].filter(Boolean).join(' · ')}</p></div>
        ${!each.current && html`<button type="button" class="quiet small" aria-label=${labelled(t('End it'), [browserOf(each.userAgent), each.address].filter(Boolean).join(', '))}
          onClick=${() => revoke(each)}>${t('End it')}</button>`}
      </li>`)}</ul>`}
      ${more && html`<button type="button" class="more" onClick=${more}>${t('Show more')}</button>`}
    </${Card}>
    <${LoginAttempts} session=${session} query=${LOGIN_ATTEMPTS} variables=${{}} field="loginAttempts" />`;
}

const ATTEMPTS = {
  SUCCEEDED: [t('Logged in'), 'ACTIVE'], CODE_ASKED: [t('Password correct, code asked for'), 'UNDATED'], WRONG_PASSWORD: [t('Wrong password'), 'EXPIRED'],
  WRONG_CODE: [t('Wrong code'), 'EXPIRED'], REFUSED: [t('Refused'), 'EXPIRING_SOON'], BLOCKED: [t('Blocked after too many attempts'), 'EXPIRED'],
};

/**
 * Who tried to log in.
 * @param {{ session: Session, query: Operations['LOGIN_ATTEMPTS'], variables: {}, field: 'loginAttempts' }} props
 */
export function LoginAttempts({ session, query, variables, field }) {
  const { rows, more, failure } = usePages(session, query, variables, field, ['account'], 10);
  return html`<${Card} title=${t('Attempts to log in')} hint=${t('In the last 90 days, newest first.')}>
    ${rows === null ? html`<${Waiting} failure=${failure} />` : rows.length === 0 ? html`<p class="empty">${t('None.')}</p>`
      : html`<ul class="rows">${rows.map((each, at) => html`<li key=${at}>
      <div><span class=${`status ${ATTEMPTS[each.outcome][1]}`}>${ATTEMPTS[each.outcome][0]}</span> ${browserOf(each.userAgent)}
        <p class="muted">${[each.address, dayAndTime(each.createdAt, session.timeZone())].filter(Boolean).join(' · ')}</p></div></li>`)}</ul>`}
    ${more && html`<button type="button" class="more" onClick=${more}>${t('Show earlier ones')}</button>`}
  </${Card}>`;
}

/** What tells a browser and a system in what a browser calls itself; the first that is there counts. */
const BROWSERS = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']];
const SYSTEMS = [
  ['Android', 'Android'], ['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Windows', 'Windows'], ['Mac OS', 'macOS'], ['Linux', 'Linux'],
];

/**
 * A browser and system in words, as far as what it calls itself says so.
 * @param {string | null} userAgent
 */
function browserOf(userAgent) {
  if (!userAgent) return t('An unnamed client');
  /** @param {string[][]} marks */
  const named = (marks) => marks.find(([mark]) => userAgent.includes(mark))?.[1];
  const browser = named(BROWSERS);
  const system = named(SYSTEMS);
  if (!browser) return userAgent.split(' ')[0];
  return system ? t('{browser} on {system}', { browser, system }) : browser;
}

/** @type {Words<Schema.ApiTokenScope>} */
const SCOPES = [
  ['ITEMS_READ', t('Read items and categories')], ['ITEMS_WRITE', t('Change items and categories')],
  ['NOTIFICATIONS_READ', t('Read notifications')], ['NOTIFICATIONS_WRITE', t('Mark and delete notifications')],
  ['REPORTS_READ', t('Read reports')], ['REPORTS_WRITE', t('Write and delete reports')],
  ['WEBHOOKS_READ', t('Read webhooks and what they sent')], ['WEBHOOKS_WRITE', t('Change webhooks')],
  ['ACCOUNT', t('Read and change your account; read the whole log')],
];
const scopeWord = Object.fromEntries(SCOPES);

/** @param {{ session: Session }} props */
export function Tokens({ session }) {
  const { rows, more, failure, again } = usePages(session, API_TOKENS, {}, 'apiTokens', ['tokens']);
  /** @type {State<{ name: string; token: string; calendar: string | null } | null>} */
  const [made, setMade] = useState(null);

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   * @returns {Promise<readonly Refusal[]>}
   */
  async function create(fields, form) {
    const scopes = [...form.querySelectorAll('[name=scopes]:checked')].map(({ value }) => value);
    if (scopes.length === 0) return [{ field: ['scopes'], message: t('Choose at least one.') }];
    const day = fields.expiresAt.value;
    const { token, userErrors } = (await session.api.request(CREATE_API_TOKEN, { input: {
      name: fields.name.value.trim(), scopes, expiresAt: day === '' ? null : new Date(`${day}T00:00`).toISOString(),
    } })).createApiToken;
    if (!token) return userErrors;
    // A token that can read items alone makes an address for calendar programs; others would give away too much there.
    const calendar = scopes.join() === 'ITEMS_READ' ? new URL(`calendar/${token}.ics`, location.origin + location.pathname).href : null;
    setMade({ name: fields.name.value.trim(), token, calendar });
    form.reset();
    again();
    return [];
  }

  /** @param {{ id: string; name: string }} one */
  const revoke = async ({ id, name }) => {
    if (!await confirmed({ title: t('Revoke “{name}”?', { name }), text: t('Whatever uses it stops working at once.'), word: t('Revoke') })) return;
    if (await act(session, REVOKE_API_TOKEN, 'revokeApiToken', { id }, t('The token no longer works.'))) again();
  };

  const zone = session.timeZone();
  return html`
    ${made && html`<${Once} title=${t('The token “{name}”', made)} hint=${t('It is shown only now. Send it as “Authorization: Bearer …”.')}
      secret=${made.token} onDone=${() => setMade(null)}>
      ${made.calendar && html`<p>${t('Calendar programs show what expires when they subscribe to this address:')}</p>
        <p><code class="secret" data-calendar>${made.calendar}</code></p>`}</${Once}>`}
    <${Card} title=${t('New token')}
      hint=${t('With a token a program acts for you, only in the inventory “{name}”.', session.current())}>
      <${Form} id="token" word=${t('Make the token')} onSend=${create}>
        <${Text} label=${t('What it is for')} name="name" maxlength="100" autocomplete="off" required />
        <${Text} label=${t('Works until')} hint=${t('optional')} name="expiresAt" type="date" min=${session.today()} max="9999-12-31" />
        <fieldset class="wide"><legend>${t('What it may do')}</legend><div class="choices two">
          ${SCOPES.map(([key, word]) => html`<${Check} key=${key} label=${word} name="scopes" value=${key} />`)}</div></fieldset>
      </${Form}>
    </${Card}>
    <${Card} title=${t('Tokens')}>
      ${rows === null ? html`<${Waiting} failure=${failure} />` : rows.length === 0 ? html`<p class="empty">${t('None yet.')}</p>`
        : html`<ul class="rows">${rows.map((each) => {
        const ended = each.revokedAt ? t('revoked') : each.expiresAt && Date.parse(each.expiresAt) < Date.now() ? t('ended') : null;
        return html`<li key=${each.id}>
          <div><strong>${each.name}</strong>${ended && html` <span class="status UNDATED">${ended}</span>`}
            <p class="muted">${each.scopes.map((scope) => scopeWord[scope] ?? scope).join('; ')}</p>
            <p class="muted">${[t('made {time}', { time: dayAndTime(each.createdAt, zone) }),
              each.lastUsedAt ? t('last used {when}', { when: instant(each.lastUsedAt, zone) }) : t('not used yet'),
              each.expiresAt && !ended ? t('until {time}', { time: dayAndTime(each.expiresAt, zone) }) : null].filter(Boolean).join(' · ')}</p></div>
          ${!ended && html`<button type="button" class="quiet small" aria-label=${t('Revoke {name}', each)} onClick=${() => revoke(each)}>${t('Revoke')}</button>`}</li>`;
      })}</ul>`}
      ${more && html`<button type="button" class="more" onClick=${more}>${t('Show more')}</button>`}
      <p><a href="graphiql/">${t('Try queries and mutations in GraphiQL')}</a></p>
    </${Card}>`;
}

/**
 * Puts text on the clipboard; where that is not allowed, selects it in its node, to be copied by hand.
 * @param {string} text
 * @param {Node} node
 */
async function copy(text, node) {
  try {
    await navigator.clipboard.writeText(text);
    say(t('Copied.'));
  } catch {
    getSelection()?.selectAllChildren(node);
    say(t('Press Ctrl+C, or ⌘C, to copy what is selected.'));
  }
}

/**
 * Has a file saved.
 * @param {string} name
 * @param {Blob} file
 */
export function saveFile(name, file) {
  const address = URL.createObjectURL(file);
  element('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/**
 * A secret that is shown this once.
 * @param {{ title: string, hint: string, secret: string, onDone: () => void, children?: Markup }} props
 */
export function Once({ title, hint, secret, onDone, children }) {
  const node = useRef(null);
  const first = useRef(null);
  useEffect(() => first.current.focus(), []);
  return html`<${Card} title=${title} hint=${hint}>
    <p class="once"><code class="secret" ref=${node}>${secret}</code></p>
    ${children}
    <div class="buttons"><button type="button" ref=${first} onClick=${() => copy(secret, node.current)}>${t('Copy')}</button>
      <button type="button" class="primary" onClick=${onDone}>${t('I have kept it')}</button></div></${Card}>`;
}

/** @param {{ session: Session }} props */
export function Data({ session }) {
  const { data, failure } = useProfile(session);
  const [isBusy, setBusy] = useState(false);
  if (data === null) return html`<${Waiting} failure=${failure} />`;

  const download = async () => {
    setBusy(true);
    try {
      const { exportMyData } = await session.api.request(EXPORT_MY_DATA);
      const file = new Blob([JSON.stringify(exportMyData, null, 2)], { type: 'application/json' });
      saveFile(`expiry-tracker-${data.viewer.username}-${session.today()}.json`, file);
      say(t('Everything that is kept about you was saved as a file.'));
    } catch (error) {
      session.onFailure(error);
    }
    setBusy(false);
  };

  /**
   * @param {Fields} fields
   * @returns {Promise<readonly Refusal[]>}
   */
  const remove = async (fields) => {
    if (fields.username.value.trim() !== data.viewer.username) return [{ field: ['username'], message: t('Write {username} here, to be sure.', data.viewer) }];
    const isSure = await confirmed({
      title: t('Delete your account?'), word: t('Delete everything'),
      text: t('Everything in it is gone at once and for good. Hand over or delete inventories that others use first.'),
    });
    if (!isSure) return [];
    const { userErrors } = (await session.api.request(DELETE_ACCOUNT, { input: { password: fields.password.value } })).deleteAccount;
    if (userErrors.length === 0) session.api.leave();
    return userErrors;
  };

  return html`
    <${Card} title=${t('Export')} hint=${t('Everything that is kept about you, as one JSON file: items, history, sessions and all else. Secrets are left out.')}>
      <button type="button" disabled=${isBusy} onClick=${download}>${t('Download my data')}</button></${Card}>
    <${Card} title=${t('Delete the account')} hint=${t('At once and for good. Export your data first if you may want it again.')}>
      <${Form} id="delete-account" word=${t('Delete the account')} danger onSend=${remove}>
        <${Text} label=${t('Your username')} hint=${t('to be sure')} name="username" autocomplete="off" autocapitalize="none" spellcheck="false" required />
        <${Text} label=${t('Password')} name="password" type="password" autocomplete="current-password" required /></${Form}></${Card}>`;
}
