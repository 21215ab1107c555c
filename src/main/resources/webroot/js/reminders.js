import { byId, element, say } from './dom.js';
import { clearErrors, onSubmit } from './form.js';
import { REMINDERS, UPDATE_CATEGORY_REMINDERS, UPDATE_REMINDERS } from './operations.js';

const HOURS = 24;

/** The dialog in which people choose when and how they are told: of everything, or of a category's items. */
export function createReminders({ api, onFailure }) {
  const dialog = byId('reminders');
  const form = dialog.querySelector('form');
  const fields = form.elements;
  const hint = byId('digest-hint');
  let viewer = null;
  let categories = [];

  for (const select of [fields.turnHour, fields.from, fields.to]) {
    select.append(...Array.from({ length: HOURS }, (none, hour) =>
      element('option', { value: hour }, `${String(hour).padStart(2, '0')}:00`)));
  }
  byId('open-reminders').addEventListener('click', async () => {
    try {
      viewer = (await api.request(REMINDERS)).viewer;
    } catch (error) {
      onFailure(error);
      return;
    }
    fields.categoryId.value = '';
    show();
    dialog.showModal();
  });
  dialog.querySelector('[data-close]').addEventListener('click', () => dialog.close());
  fields.categoryId.addEventListener('change', show);
  fields.own.addEventListener('change', () => showLists(fields.own.checked ? ofCategory() : null));

  const ofCategory = () => categories.find(({ id }) => id === fields.categoryId.value)?.reminders;

  function show() {
    const { turnHour, email, emailVerified, reminders } = viewer;
    const whole = fields.categoryId.value === '';
    clearErrors(form);
    for (const part of form.querySelectorAll('[data-of]')) {
      part.hidden = (part.dataset.of === 'all') !== whole;
    }
    fields.own.checked = Boolean(ofCategory());
    showLists(ofCategory());
    fields.turnHour.value = turnHour;
    fields.digest.checked = reminders.digest;
    fields.from.value = reminders.quietHours?.from ?? '';
    fields.to.value = reminders.quietHours?.to ?? '';
    hint.textContent = `E-mail is sent once ${email} is confirmed.`;
    hint.hidden = emailVerified || !whole;
  }

  /** The lists that hold: the category's own, or else the user's, which are not changed from here. */
  function showLists(own) {
    const { days, percents } = own ?? viewer.reminders;
    fields.days.value = days.join(', ');
    fields.percents.value = percents.join(', ');
    fields.days.disabled = fields.percents.disabled = fields.categoryId.value !== '' && !fields.own.checked;
  }

  onSubmit(form, async () => {
    const days = numbers(fields.days);
    const percents = numbers(fields.percents);
    const wrong = [['days', days], ['percents', percents]].filter(([, list]) => list === null);
    if (wrong.length > 0) {
      return wrong.map(([name]) => ({ field: [name], message: 'Write whole numbers, such as 30, 7, 1.' }));
    }
    const userErrors = fields.categoryId.value === ''
      ? await saveAll(days, percents)
      : await saveCategory(fields.categoryId.value, fields.own.checked ? { days, percents } : {});
    if (userErrors.length > 0) return userErrors;
    dialog.close();
    say('Reminders were saved.');
    return [];
  });

  async function saveAll(days, percents) {
    if ((fields.from.value === '') !== (fields.to.value === '')) {
      return [{ field: ['to'], message: 'Quiet hours need a beginning and an end.' }];
    }
    const quietHours = fields.from.value === '' ? null : { from: Number(fields.from.value), to: Number(fields.to.value) };
    const { updateReminders, updateProfile } = await api.request(UPDATE_REMINDERS, {
      reminders: { days, percents, quietHours, digest: fields.digest.checked },
      profile: { turnHour: Number(fields.turnHour.value) },
    });
    return [...updateReminders.userErrors, ...updateProfile.userErrors];
  }

  async function saveCategory(categoryId, lists) {
    const { category, userErrors } = (await api.request(UPDATE_CATEGORY_REMINDERS, {
      input: { categoryId, ...lists },
    })).updateCategoryReminders;
    if (category) {
      categories = categories.map((known) => (known.id === category.id ? { ...known, ...category } : known));
    }
    return userErrors;
  }

  return {
    showCategories(read) {
      categories = read;
      const chosen = fields.categoryId.value;
      fields.categoryId.replaceChildren(element('option', { value: '' }, 'All categories'),
        ...categories.map(({ id, name }) => element('option', { value: id }, name)));
      fields.categoryId.value = chosen;
      if (dialog.open && fields.categoryId.value !== chosen) {
        fields.categoryId.value = '';
        show();
      }
    },
  };
}

/** Whole numbers with commas or spaces between; null when something else is there. */
function numbers(control) {
  const words = control.value.split(/[\s,;]+/).filter((word) => word !== '');
  return words.every((word) => /^\d{1,6}$/.test(word)) ? words.map(Number) : null;
}
