// What only a page in another language than the server's needs.
import { n, t } from './words.js';

/**
 * Why a mutation did nothing, by its code, in another language than the server's; `reason` is what the server says.
 * @type {Record<string, (error: Refusal) => string>}
 */
const USER_ERRORS = {
  INVALID: ({ message }) => t('This cannot be taken as it is. The server says: {reason}', { reason: message }),
  NOT_FOUND: () => t('It is not there, or not any more.'),
  CONFLICT: ({ message }) => t('This contradicts what is there already. The server says: {reason}', { reason: message }),
  STALE_VERSION: () => t('It has changed meanwhile. Look at it anew, and try again.'),
  WRONG_CREDENTIALS: () => t('The name, the password, the code or the link is not right.'),
  ACCOUNT_LOCKED: () => t('This account is locked for a while, because wrong passwords were tried. Try again later.'),
  TWO_FACTOR_NOT_SET_UP: () => t('Two-factor authentication is not set up for this account.'),
  IDEMPOTENCY_KEY_REUSED: () => t('This was sent before in another form. Look whether it is there, and send it anew.'),
};

/**
 * Why a request was not executed, or failed, by its code.
 * @type {Record<string, (error: GraphQLError) => string>}
 */
const REASONS = {
  INVALID: ({ message }) => t('This cannot be taken as it is. The server says: {reason}', { reason: message }),
  UNAUTHENTICATED: () => t('Please log in.'),
  FORBIDDEN: () => t('You may not do this here.'),
  LIMIT_REACHED: ({ message, extensions: { retryAfter } }) => (retryAfter
    ? n(Math.ceil(retryAfter), 'That was more than may be asked at once. Try again in {count} second.', 'That was more than may be asked at once. Try again in {count} seconds.')
    : t('That is more than the server takes. It says: {reason}', { reason: message })),
  INTERNAL: ({ message }) => t('Something went wrong at the server, which has noted it. Try again; should it stay so, tell whoever runs it. It says: {reason}', { reason: message }),
};

/**
 * Why a request was not executed, for people; what has no words of ours, in the server's.
 * @param {string} code
 * @param {GraphQLError} error
 */
export const reasonOf = (code, error) => (REASONS[code]?.(error) ?? error.message);

/**
 * What a request was answered, whose `userErrors` are in the language of the page.
 * @param {Record<string, any>} data
 */
export function inLanguage(data) {
  if (!data) return data;
  for (const payload of Object.values(data)) {
    for (const error of payload?.userErrors ?? []) error.message = USER_ERRORS[error.code]?.(error) ?? error.message;
  }
  return data;
}
