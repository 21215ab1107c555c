import { byId, element, press } from './dom.js';
import { clearErrors, onSubmit } from './form.js';
import { chooseLanguage, chosenLanguage, languages, t } from './words.js';

/** What the links in mails lead to. */
const LINK = /^#(?:(verify|reset)=([\w-]+)|forgotten)$/;

/**
 * The page before the session: log in, second factor, open an account, and where the links in mails lead to. Calls
 * `onEntered` when there is a session.
 * @param {{ api: Api; onEntered: () => void }} options
 */
export function createEntrance({ api, onEntered }) {
  const page = byId('entrance');
  const notice = byId('entrance-notice');
  /** @type {Record<string, FormNode>} */
  const forms = {
    login: byId('login'), register: byId('register'), secondFactor: byId('second-factor'),
    forgotten: byId('forgotten'), reset: byId('reset'), verify: byId('verify'),
  };
  /** @type {Record<string, HTMLButtonElement>} */
  const buttons = { login: byId('show-login'), register: byId('show-register') };
  const language = byId('language');
  language.append(...languages().map(([tag, name]) => element('option', { value: tag, selected: tag === chosenLanguage() }, name)));
  language.addEventListener('change', () => chooseLanguage(language.value));
  language.closest('label').hidden = languages().length <= 2;
  let challenge = '';
  let link = LINK.exec(location.hash);
  const token = link?.[2] ?? '';
  // Neither the history nor a bookmark shall keep a token.
  if (link) history.replaceState(null, '', location.pathname + location.search);

  /** @param {string} name */
  function turnTo(name) {
    for (const [each, form] of Object.entries(forms)) form.hidden = each !== name;
    press(Object.values(buttons), buttons[name]);
    clearErrors(forms[name]);
    showMessage(null);
    forms[name].querySelector('input, .primary').focus();
  }

  /** @param {string | null} message */
  function showMessage(message) {
    notice.textContent = message ?? '';
    notice.hidden = !message;
  }

  /**
   * Does something by mail; when it was done, the person reads `message` above the form for logging in.
   * @template {keyof Operations['AUTHENTICATION']} Field
   * @param {FormNode} form
   * @param {Field} field
   * @param {Entering<Field>} input
   * @param {string} message
   */
  async function post(form, field, input, message) {
    /** @type {{ userErrors: Refusal[] }} */
    const { userErrors } = await api.authenticate(field, input);
    if (userErrors.length === 0) {
      form.reset();
      turnTo('login');
      showMessage(message);
    }
    return userErrors;
  }

  /**
   * @template {'login' | 'verifyTwoFactor' | 'register'} Field
   * @param {Field} field
   * @param {Entering<Field>} input
   * @param {boolean} [stays]
   */
  async function send(field, input, stays = false) {
    /** @type {{ twoFactorChallenge?: { token: string } | null; session: unknown; userErrors: Refusal[] }} */
    const payload = await api.authenticate(field, input, stays);
    if (payload.twoFactorChallenge) {
      challenge = payload.twoFactorChallenge.token;
      turnTo('secondFactor');
    } else if (payload.session) {
      for (const form of Object.values(forms)) form.reset();
      onEntered();
    }
    return payload.userErrors;
  }

  buttons.login.addEventListener('click', () => turnTo('login'));
  buttons.register.addEventListener('click', () => turnTo('register'));
  const stays = () => forms.login.elements.stay.checked;
  onSubmit(forms.login, ({ username, password }) =>
    send('login', { username: username.value, password: password.value }, stays()));
  onSubmit(forms.secondFactor, ({ code }) => send('verifyTwoFactor', { token: challenge, code: code.value }, stays()));
  onSubmit(forms.register, async ({ username, email, password, timeZone }) => {
    const input = {
      username: username.value, email: email.value, password: password.value, timeZone: timeZone.value,
    };
    const userErrors = await send('register', input);
    if (userErrors.length === 0 && !api.hasSession()) {
      forms.register.reset();
      turnTo('login');
      showMessage(t('We have sent a mail to {email}. Open the link in it, then log in.', { email: input.email }));
    }
    return userErrors;
  });
  byId('show-forgotten').addEventListener('click', () => turnTo('forgotten'));
  onSubmit(forms.forgotten, ({ username }) => post(forms.forgotten, 'requestPasswordReset', { username: username.value },
    t('If there is such an account, a mail is on its way to its address.')));
  onSubmit(forms.reset, async ({ newPassword, answer }) => {
    const userErrors = await post(forms.reset, 'resetPassword',
      { token, newPassword: newPassword.value, answer: answer.value || null },
      t('Your password is changed. Log in with the new one.'));
    // Only who holds the token learns that there is a question, and which.
    if (userErrors.some(({ field }) => field.at(-1) === 'answer')) answer.closest('label').hidden = false;
    return userErrors;
  });
  onSubmit(forms.verify, () => post(forms.verify, 'verifyEmail', { token }, t('Your address is confirmed. You can log in now.')));
  // A link opened in a tab that shows this page already only changes what follows the #.
  addEventListener('hashchange', () => { if (LINK.test(location.hash)) location.reload(); });
  return {
    /** Whether the page was opened by a link that leads here, session or not. */
    isWanted: () => link !== null,
    /** @param {string | null} message */
    show(message) {
      page.hidden = false;
      if (forms.register.elements.timeZone.length === 0) offerTimeZones(forms.register.elements.timeZone);
      turnTo(link ? link[1] ?? 'forgotten' : 'login');
      showMessage(message);
      link = null;
    },
    hide() {
      page.hidden = true;
    },
  };
}

/** @param {HTMLSelectElement} select */
function offerTimeZones(select) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC';
  const zones = new Set(['UTC', here, ...Intl.supportedValuesOf('timeZone')]);
  for (const zone of [...zones].sort()) {
    select.append(element('option', { value: zone, selected: zone === here }, zone.replaceAll('_', ' ')));
  }
}
