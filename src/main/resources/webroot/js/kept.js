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
  /** @type {Promise<IDBDatabase> | null} */
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

  /**
   * Promises what `action(store)`, a request, results in, once all of its transaction is done.
   * @param {'answers' | 'changes'} name
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest | void} action
   * @returns {Promise<any>}
   */
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
    /**
     * Keeps an answer; what cannot be kept is not missed.
     * @param {string} owner
     * @param {string} question
     * @param {unknown} data
     */
    async keep(owner, question, data) {
      try {
        await within('answers', 'readwrite', (answers) => {
          answers.put({ owner, question, data, at: Date.now() });
          const ours = IDBKeyRange.bound([owner, 0], [owner, Infinity]);
          const count = answers.index('at').count(ours);
          count.onsuccess = () => {
            if (count.result <= MOST_ANSWERS) return;
            const oldest = answers.index('at').openKeyCursor(ours);
            oldest.onsuccess = () => { if (oldest.result) answers.delete(oldest.result.primaryKey); };
          };
        });
      } catch {
        // A full disk, or a window that keeps nothing.
      }
    },

    /**
     * Promises `{ data, at }`, or null.
     * @param {string} owner
     * @param {string} question
     * @returns {Promise<{ data: any; at: number } | null>}
     */
    async find(owner, question) {
      try {
        return (await within('answers', 'readonly', (answers) => answers.get([owner, question]))) ?? null;
      } catch {
        return null;
      }
    },

    forgetAnswers: () => within('answers', 'readwrite', (answers) => answers.clear()).catch(() => {}),

    /**
     * Promises the changes of a person that wait, in their order.
     * @param {string} person
     * @returns {Promise<Change[]>}
     */
    async changesOf(person) {
      try {
        /** @type {Change[]} */
        const all = await within('changes', 'readonly', (changes) => changes.getAll());
        return all.filter((change) => change.person === person);
      } catch {
        return [];
      }
    },

    /**
     * Keeps a change for good, or fails; its `id` tells its place.
     * @param {Omit<Change, 'id'>} change
     */
    putChange: (change) => within('changes', 'readwrite', (changes) => changes.put(change)),

    /** @param {number} id */
    dropChange: (id) => within('changes', 'readwrite', (changes) => changes.delete(id)),
  };
}
