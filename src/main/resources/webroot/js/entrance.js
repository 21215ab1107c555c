import { byId, element, press } from './dom.js';
import { clearErrors, onSubmit } from './form.js';

/** The page before the session: log in, second factor, open an account. Calls `onEntered` when there is a session. */
export function createEntrance({ api, onEntered }) {
  const page = byId('entrance');
  const notice = byId('entrance-notice');
  const forms = { login: byId('login'), register: byId('register'), secondFactor: byId('second-factor') };
  const buttons = { login: byId('show-login'), register: byId('show-register') };
  let challenge = null;

  function turnTo(name) {
    for (const [each, form] of Object.entries(forms)) form.hidden = each !== name;
    press(Object.values(buttons), buttons[name]);
    clearErrors(forms[name]);
    forms[name].querySelector('input').focus();
  }

  async function send(field, input) {
    const payload = await api.authenticate(field, input);
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
  onSubmit(forms.login, ({ username, password }) =>
    send('login', { username: username.value, password: password.value }));
  onSubmit(forms.secondFactor, ({ code }) => send('verifyTwoFactor', { token: challenge, code: code.value }));
  onSubmit(forms.register, ({ username, email, password, timeZone }) =>
    send('register', {
      username: username.value, email: email.value, password: password.value, timeZone: timeZone.value,
    }));
  offerTimeZones(forms.register.elements.timeZone);

  return {
    show(message) {
      notice.textContent = message ?? '';
      notice.hidden = !message;
      page.hidden = false;
      turnTo('login');
    },
    hide() {
      page.hidden = true;
    },
  };
}

function offerTimeZones(select) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC';
  const zones = new Set(['UTC', here, ...Intl.supportedValuesOf('timeZone')]);
  for (const zone of [...zones].sort()) {
    select.append(element('option', { value: zone, selected: zone === here }, zone.replaceAll('_', ' ')));
  }
}
