import { element } from './dom.js';
import { t } from './words.js';

const DECIMAL = /^\d+([.,]\d+)?$/;

/**
 * Sends a form by `action`, which returns the mutation's `userErrors`: each is shown at the field it names, or below
 * the form. A form is not sent twice at once.
 * @template {HTMLFormElement} Node
 * @param {Node} form
 * @param {(fields: Node['elements']) => readonly Refusal[] | Promise<readonly Refusal[]>} action
 */
export function onSubmit(form, action) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (form.getAttribute('aria-busy') === 'true') return;
    clearErrors(form);
    const early = unfit(form);
    if (early.length > 0) {
      showErrors(form, early);
      return;
    }
    form.setAttribute('aria-busy', 'true');
    try {
      showErrors(form, await action(form.elements));
    } catch (error) {
      showErrors(form, [{ message: error.message, field: [] }]);
    } finally {
      form.removeAttribute('aria-busy');
    }
  });
}

/**
 * What cannot even be sent: a date typed halfway, or a decimal that the API's scalar would refuse.
 * @param {FormNode} form
 * @returns {Refusal[]}
 */
function unfit(form) {
  /** @type {Refusal[]} */
  const errors = [];
  for (const control of form.elements) {
    if (control.required && control.value === '') {
      errors.push({ field: [control.name], message: t('This is needed.') });
    } else if (control.validity?.badInput) {
      errors.push({ field: [control.name], message: t('This date is not complete.') });
    } else if (control.inputMode === 'decimal' && control.value.trim() !== '' && !DECIMAL.test(control.value.trim())) {
      errors.push({ field: [control.name], message: t('Write it with digits, such as 2.5 or 2,5.') });
    } else if (control.inputMode === 'numeric' && control.dataset.whole !== undefined && control.value.trim() !== ''
        && !/^\d{1,9}$/.test(control.value.trim())) {
      errors.push({ field: [control.name], message: t('Write a whole number.') });
    }
  }
  return errors;
}

/**
 * @param {FormNode} form
 * @param {readonly Refusal[]} userErrors
 */
export function showErrors(form, userErrors) {
  const unnamed = [];
  let first = null;
  for (const { field, message } of userErrors) {
    const named = form.elements[field.at(-1) ?? ''];
    const control = named instanceof RadioNodeList ? named[0] : named;
    if (!control) {
      unnamed.push(message);
      continue;
    }
    const id = `${form.id || form.closest('[id]').id}-${field.at(-1)}-error`;
    if (form.querySelector(`#${CSS.escape(id)}`)) continue;
    // Hidden from the label's own name, which would repeat it; the description still reads it.
    (control.closest('fieldset') ?? control.closest('label'))
      .append(element('span', { id, class: 'field-error', 'aria-hidden': 'true' }, message));
    control.setAttribute('aria-invalid', 'true');
    control.setAttribute('aria-describedby', id);
    first ??= control;
  }
  const whole = form.querySelector('.form-error');
  whole.textContent = unnamed.join(' ');
  whole.hidden = unnamed.length === 0;
  first?.focus();
}

/** @param {FormNode} form */
export function clearErrors(form) {
  for (const error of form.querySelectorAll('.field-error')) error.remove();
  for (const control of form.querySelectorAll('[aria-invalid]')) {
    control.removeAttribute('aria-invalid');
    control.removeAttribute('aria-describedby');
  }
  form.querySelector('.form-error').hidden = true;
}

/**
 * Whether something was typed or chosen in a form since it was shown, and not sent.
 * @param {FormNode} form
 */
export function isTouched(form) {
  return [...form.elements].some((control) => {
    switch (control.type) {
      case 'checkbox':
      case 'radio':
        return control.checked !== control.defaultChecked;
      case 'select-one':
        return [...control.options].some((option) => option.selected && !option.defaultSelected)
          && [...control.options].some((option) => option.defaultSelected);
      case 'fieldset':
      case 'button':
      case 'submit':
      case 'output':
        return false;
      default:
        return control.value !== control.defaultValue;
    }
  });
}

/**
 * A decimal as the API takes it: a comma is a point.
 * @param {Control} control
 */
export const decimal = (control) => control.value.trim().replace(',', '.');

/** @param {Control} control */
export function decimalOrNull(control) {
  return textOrNull(control)?.replace(',', '.') ?? null;
}

/**
 * Whole numbers with commas or blanks between; null when something else is there.
 * @param {Control} control
 */
export function numbers(control) {
  const words = control.value.split(/[\s,;]+/).filter((word) => word !== '');
  return words.every((word) => /^\d{1,6}$/.test(word)) ? words.map(Number) : null;
}

/**
 * A text control's value, or null when it is empty.
 * @param {Control} control
 */
export function textOrNull(control) {
  const text = control.value.trim();
  return text === '' ? null : text;
}
