const { pathname } = new URL('..', import.meta.url);
/** Ends the names of what a browser keeps, where dashboards under several paths have the same origin. */
export const HERE = pathname === '/' ? '' : ` ${pathname}`;

const NAME = `expiry-tracker${HERE}`;
const VERSION = 1;
/** Of each person in each inventory so many answers are kept, the latest. */
const MOST_ANSWERS = 200;

/**
 * What a browser keeps of whoever stays signed in: what was read last, and what they changed and the server has not been told.
 * Where the browser keeps nothing, nothing is found again.
 */
export function createKept() {
  let opening = null;

  function open() {
    opening ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, VERSION);
      request.onupgradeneeded = () => {
        request.result.createObjectStore('answers', { keyPath: ['owner', 'question'] }).createIndex('at', ['owner', 'at']);
        request.result.createObjectStore('changes', { keyPath: 'id', autoIncrement: true });
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return opening;
  }

  /** Promises what `action(store)`, a request, results in, once all of its transaction is done. */
  async function within(name, mode, action) {
    const database = await open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(name, mode, { durability: mode === 'readwrite' ? 'strict' : 'default' });
      const request = action(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  return {
    /** Keeps an answer; what cannot be kept is not missed. */
    async keep(owner, question, data) {
      try {
        await within('answers', 'readwrite', (answers) => {
          answers.put({ owner, question, data, at: Date.now() });
          const ours = IDBKeyRange.bound([owner, 0], [owner, Infinity]);
          answers.index('at').count(ours).onsuccess = ({ target }) => {
            if (target.result <= MOST_ANSWERS) return;
            answers.index('at').openKeyCursor(ours).onsuccess = ({ target: { result: oldest } }) => {
              if (oldest) answers.delete(oldest.primaryKey);
            };
          };
        });
      } catch {
        // A full disk, or a window that keeps nothing.
      }
    },

    /** Promises `{ data, at }`, or null. */
    async find(owner, question) {
      try {
        return (await within('answers', 'readonly', (answers) => answers.get([owner, question]))) ?? null;
      } catch {
        return null;
      }
    },

    forgetAnswers: () => within('answers', 'readwrite', (answers) => answers.clear()).catch(() => {}),

    /** Promises the changes of a person that wait, in their order. */
    async changesOf(person) {
      try {
        return (await within('changes', 'readonly', (changes) => changes.getAll())).filter((change) => change.person === person);
      } catch {
        return [];
      }
    },

    /** Keeps a change for good, or fails; its `id` tells its place. */
    putChange: (change) => within('changes', 'readwrite', (changes) => changes.put(change)),

    dropChange: (id) => within('changes', 'readwrite', (changes) => changes.delete(id)),
  };
}
