/** What the browser has to know of by itself; else a library reads all of them. */
const NEEDED = ['data_matrix', 'code_128', 'ean_13', 'qr_code'];
const FORMATS = [...NEEDED, 'ean_8', 'upc_a', 'upc_e', 'itf', 'code_39', 'aztec', 'pdf417'];

// The one address that is started as a worker here; a name is given to one policy only.
const WORKER = import.meta.resolve('./scan-worker.js');
const policy = window.trustedTypes?.createPolicy('scan-worker', { createScriptURL: () => WORKER });

/**
 * Reads codes in what a video shows: `read(video)` tells the first one, or null; `close()` ends it. By the browser, where it
 * knows how, else by a library in a worker, which is loaded when it is needed and kept from then on.
 */
export async function createCodeReader() {
  const formats = 'BarcodeDetector' in window ? await BarcodeDetector.getSupportedFormats() : [];
  return NEEDED.every((format) => formats.includes(format)) ? byBrowser(formats) : byLibrary();
}

/** @param {string[]} formats */
function byBrowser(formats) {
  const detector = new BarcodeDetector({ formats: formats.filter((format) => FORMATS.includes(format)) });
  return {
    /**
     * @param {HTMLVideoElement} video
     * @returns {Promise<string | null>}
     */
    read: async (video) => (await detector.detect(video))[0]?.rawValue ?? null,
    close() {},
  };
}

function byLibrary() {
  const worker = new Worker(policy?.createScriptURL('') ?? WORKER);
  return {
    /**
     * @param {HTMLVideoElement} video
     * @returns {Promise<string | null>}
     */
    read: (video) => new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => (data.failure ? reject(new Error(data.failure)) : resolve(data.code));
      worker.onerror = () => reject(new Error('The reader of codes could not be loaded.'));
      createImageBitmap(video).then((picture) => worker.postMessage(picture, [picture]), reject);
    }),
    close: () => worker.terminate(),
  };
}
