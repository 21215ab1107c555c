import { byId, element, say } from './dom.js';
import { clearErrors, onSubmit } from './form.js';
import { REMINDERS, UPDATE_REMINDERS } from './operations.js';

const HOURS = 24;

/** The dialog in which people choose when and how they are told. */
export function createReminders({ api, onFailure }) {
  const dialog = byId('reminders');
  const form = dialog.querySelector('form');
  const fields = form.elements;
  const hint = byId('digest-hint');

  for (const select of [fields.turnHour, fields.from, fields.to]) {
    select.append(...Array.from({ length: HOURS }, (none, hour) =>
      element('option', { value: hour }, `${String(hour).padStart(2, '0')}:00`)));
  }
  byId('open-reminders').addEventListener('click', async () => {
    try {
      show((await api.request(REMINDERS)).viewer);
    } catch (error) {
      onFailure(error);
    }
  });
  dialog.querySelector('[data-close]').addEventListener('click', () => dialog.close());

  function show({ turnHour, email, emailVerified, reminders }) {
    clearErrors(form);
    fields.days.value = reminders.days.join(', ');
    fields.percents.value = reminders.percents.join(', ');
    fields.turnHour.value = turnHour;
    fields.digest.checked = reminders.digest;
    fields.from.value = reminders.quietHours?.from ?? '';
    fields.to.value = reminders.quietHours?.to ?? '';
    hint.textContent = emailVerified ? '' : `E-mail is sent once ${email} is confirmed.`;
    hint.hidden = emailVerified;
    dialog.showModal();
  }

  onSubmit(form, async () => {
    const days = numbers(fields.days);
    const percents = numbers(fields.percents);
    const wrong = [['days', days], ['percents', percents]].filter(([, list]) => list === null);
    if (wrong.length > 0) {
      return wrong.map(([name]) => ({ field: [name], message: 'Write whole numbers, such as 30, 7, 1.' }));
    }
    if ((fields.from.value === '') !== (fields.to.value === '')) {
      return [{ field: ['to'], message: 'Quiet hours need a beginning and an end.' }];
    }
    const quietHours = fields.from.value === '' ? null : { from: Number(fields.from.value), to: Number(fields.to.value) };
    const { updateReminders, updateProfile } = await api.request(UPDATE_REMINDERS, {
      reminders: { days, percents, quietHours, digest: fields.digest.checked },
      profile: { turnHour: Number(fields.turnHour.value) },
    });
    const userErrors = [...updateReminders.userErrors, ...updateProfile.userErrors];
    if (userErrors.length > 0) return userErrors;
    dialog.close();
    say('Reminders were saved.');
    return [];
  });
}

/** Whole numbers with commas or spaces between; null when something else is there. */
function numbers(control) {
  const words = control.value.split(/[\s,;]+/).filter((word) => word !== '');
  return words.every((word) => /^\d{1,6}$/.test(word)) ? words.map(Number) : null;
}
