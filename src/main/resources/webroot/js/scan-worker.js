// Reads the codes in pictures that it is sent, where the browser does not itself. Its library is of zxing-wasm, ZXing-C++ for
// any processor: CONTRIBUTING.md, "Libraries in the page".
importScripts('../lib/zxing-reader-3.1.6.js');

const { prepareZXingModule, readBarcodes } = ZXingWASM;
const FORMATS = ['DataMatrix', 'Code128', 'EANUPC', 'QRCode', 'ITF', 'Code39', 'Aztec', 'PDF417', 'DataBar'];
/** What a scanner would put before a code with GS1 elements (ISO/IEC 15424). */
const GS1 = /^\](?:C1|d2|Q3|e0|J1)$/;

prepareZXingModule({ overrides: { locateFile: () => new URL('../lib/zxing-reader-3.1.6.wasm', location.href).href } });

const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext('2d', { willReadFrequently: true });

addEventListener('message', async ({ data: picture }) => {
  const { width, height } = picture;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  context.drawImage(picture, 0, 0);
  picture.close();
  try {
    const [found] = await readBarcodes(context.getImageData(0, 0, width, height), { formats: FORMATS, maxNumberOfSymbols: 1, textMode: 'Plain' });
    postMessage({ code: found ? (GS1.test(found.symbologyIdentifier) ? found.symbologyIdentifier : '') + found.text : null });
  } catch (failure) {
    postMessage({ failure: String(failure) });
  }
});
