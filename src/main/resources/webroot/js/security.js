import { byId, element, say } from './dom.js';
import { clearErrors, onSubmit } from './form.js';
import { CONFIRM_TWO_FACTOR, DISABLE_TWO_FACTOR, REGENERATE_RECOVERY_CODES, START_TWO_FACTOR } from './operations.js';

/** The dialog in which two-factor authentication is turned on and off. */
export function createSecurity({ api, viewer }) {
  const dialog = byId('security');
  const parts = {
    start: byId('two-factor-start'),
    confirm: byId('two-factor-confirm'),
    codes: byId('two-factor-codes'),
    again: byId('two-factor-codes-again'),
    off: byId('two-factor-off'),
  };
  const forms = Object.values(parts).filter((part) => part instanceof HTMLFormElement);
  const qrCode = byId('two-factor-qr');
  const secret = byId('two-factor-secret');
  const codes = byId('recovery-codes');

  function turnTo(...shown) {
    for (const part of Object.values(parts)) part.hidden = !shown.includes(part);
    shown[0].querySelector('input')?.focus();
  }

  /** Nothing secret stays in a page that is looked at later. */
  function forget() {
    for (const form of forms) {
      form.reset();
      clearErrors(form);
    }
    qrCode.removeAttribute('src');
    secret.textContent = '';
    codes.replaceChildren();
  }

  function showCodes(recoveryCodes) {
    forget();
    codes.append(...recoveryCodes.map((code) => element('li', {}, code)));
    turnTo(parts.codes);
  }

  byId('open-security').addEventListener('click', () => {
    if (!viewer()) return;
    dialog.showModal();
    if (viewer().twoFactorEnabled) turnTo(parts.again, parts.off);
    else turnTo(parts.start);
  });
  dialog.querySelector('[data-close]').addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', forget);

  onSubmit(parts.start, async ({ password }) => {
    const { startTwoFactor } = await api.request(START_TWO_FACTOR, { input: { password: password.value } });
    if (startTwoFactor.userErrors.length > 0) return startTwoFactor.userErrors;
    const enrolment = startTwoFactor.twoFactorEnrolment;
    qrCode.src = `data:image/svg+xml,${encodeURIComponent(enrolment.qrCode)}`;
    secret.textContent = enrolment.secret.replace(/.{4}(?=.)/g, '$& ');
    parts.start.reset();
    turnTo(parts.confirm);
    return [];
  });

  onSubmit(parts.confirm, async ({ code }) => {
    const { confirmTwoFactor } = await api.request(CONFIRM_TWO_FACTOR, { input: { code: code.value } });
    if (confirmTwoFactor.userErrors.length > 0) return confirmTwoFactor.userErrors;
    viewer().twoFactorEnabled = true;
    showCodes(confirmTwoFactor.recoveryCodes);
    say('Two-factor authentication is on. Other sessions have ended.');
    return [];
  });

  onSubmit(parts.again, async ({ password }) => {
    const { regenerateRecoveryCodes } = await api.request(REGENERATE_RECOVERY_CODES, { input: { password: password.value } });
    if (regenerateRecoveryCodes.userErrors.length > 0) return regenerateRecoveryCodes.userErrors;
    showCodes(regenerateRecoveryCodes.recoveryCodes);
    return [];
  });

  onSubmit(parts.off, async ({ password, code }) => {
    const { disableTwoFactor } = await api.request(DISABLE_TWO_FACTOR, {
      input: { password: password.value, code: code.value },
    });
    if (disableTwoFactor.userErrors.length > 0) return disableTwoFactor.userErrors;
    viewer().twoFactorEnabled = false;
    dialog.close();
    say('Two-factor authentication is off.');
    return [];
  });
}
