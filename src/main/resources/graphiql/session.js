import { createApi, newKey } from '../js/api.js';
import { HERE } from '../js/kept.js';

/** So long a dashboard in another tab may take to answer that it has a token. */
const LENT_WITHIN_MILLIS = 500;
/** So long one that has answered before may take to get a new token. */
const RENEWED_WITHIN_MILLIS = 5_000;
const ENDS_SOON_MILLIS = 2_000;

/**
 * For whom this page asks: whoever is logged in in this tab or stays signed in in this browser, and else whoever is logged in to
 * a dashboard in another tab. That one lends its access token, and is asked again when it ends.
 *
 * `onChange()` tells that somebody else, or nobody, is signed in.
 */
export function createSession({ onChange }) {
  const api = createApi({ onSignedOut: onChange, onReachable: () => {}, onKept: () => {} });
  const tabs = new BroadcastChannel(`expiry-tracker.session${HERE}`);
  const self = newKey();
  const waiting = new Set();
  let lent = null;
  let isChosen = false;

  tabs.onmessage = ({ data }) => {
    if (data.to !== self) return;
    if (lent === null && !isChosen) api.actIn(data.inventory);
    lent = data.lent;
    if (waiting.size === 0) onChange();
    for (const resolve of waiting) resolve();
  };

  const isGood = (refused) => lent !== null && lent.accessToken !== refused
    && Date.parse(lent.expiresAt) - Date.now() > ENDS_SOON_MILLIS;

  async function borrow(refused) {
    if (!isGood(refused)) {
      const patience = lent === null ? LENT_WITHIN_MILLIS : RENEWED_WITHIN_MILLIS;
      lent = null;
      let resume;
      const answered = new Promise((resolve) => {
        resume = resolve;
        waiting.add(resume);
        setTimeout(resume, patience);
      });
      tabs.postMessage({ asks: self, refused });
      await answered;
      waiting.delete(resume);
    }
    return lent?.accessToken ?? null;
  }

  return {
    acting: () => api.acting(),

    /** Acts in another inventory from now on; null for the person's own. */
    actIn(inventory) {
      isChosen = true;
      api.actIn(inventory);
    },

    /** The access token, a new one when the current one was refused; null when nobody is signed in. */
    async token(refused) {
      if (api.hasSession()) {
        try {
          return await api.token(refused);
        } catch (failure) {
          if (api.hasSession()) throw failure;
        }
      }
      return borrow(refused);
    },
  };
}
