const LOOK_FOR_UPDATE_MILLIS = 3_600_000;

/**
 * Has the browser keep what the page is made of, so that it opens without a connection and can be installed. Where that is not
 * allowed, as at a plain http address, the page is loaded each time.
 *
 * `onUpdate(take)` is told when another release is there, which `take()` loads.
 * @param {{ onUpdate: (take: () => void) => void }} options
 */
export async function keepShell({ onUpdate }) {
  if (!navigator.serviceWorker) return;
  const release = document.querySelector('meta[name=release]').content;
  let wanted = false;
  /** @param {ServiceWorker | null} worker */
  const ask = (worker) => worker?.postMessage({ release });
  navigator.serviceWorker.addEventListener('message', ({ source }) => {
    onUpdate(() => {
      wanted = true;
      source?.postMessage({ wanted });
    });
  });
  navigator.serviceWorker.addEventListener('controllerchange', () => { if (wanted) location.reload(); });
  // The one address that this page has loaded as a script of its own.
  const policy = window.trustedTypes?.createPolicy('service-worker', { createScriptURL: () => 'service-worker.js' });
  try {
    const registration = await navigator.serviceWorker.register(policy?.createScriptURL('') ?? 'service-worker.js');
    registration.addEventListener('updatefound', () => {
      const { installing } = registration;
      installing?.addEventListener('statechange', () => { if (installing.state === 'installed') ask(registration.waiting); });
    });
    ask(registration.waiting);
    const look = () => { registration.update().catch(() => {}); };
    setInterval(look, LOOK_FOR_UPDATE_MILLIS);
    addEventListener('online', look);
  } catch {
    // The page is of use without.
  }
}
