// Codes before the camera, in a browser that cannot read them itself: node camera.mjs URL USER PASSWORD [CHROMIUM]
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { prepareZXingModule, writeBarcode } from 'zxing-wasm/writer';

const [url, user, password, executablePath = '/usr/bin/chromium'] = process.argv.slice(2);
if (!password) {
  console.error('Usage: node camera.mjs URL USER PASSWORD [CHROMIUM]');
  process.exit(2);
}
const LIBRARY = join(dirname(fileURLToPath(import.meta.url)), 'node_modules/zxing-wasm');
const WEBROOT = 'src/main/resources/webroot/lib';
const [WIDTH, HEIGHT] = [640, 480];

// What the page loads is what npm has, of the version in its name.
const { version } = JSON.parse(readFileSync(join(LIBRARY, 'package.json')));
assert.deepEqual(readdirSync(WEBROOT).sort(), [`zxing-reader-${version}.js`, `zxing-reader-${version}.wasm`]);
assert.deepEqual(readFileSync(`${WEBROOT}/zxing-reader-${version}.js`), readFileSync(join(LIBRARY, 'dist/iife/reader/index.js')));
assert.deepEqual(readFileSync(`${WEBROOT}/zxing-reader-${version}.wasm`), readFileSync(join(LIBRARY, 'dist/reader/zxing_reader.wasm')));

prepareZXingModule({ overrides: { wasmBinary: readFileSync(join(LIBRARY, 'dist/writer/zxing_writer.wasm')) } });

/** A film of a code on paper, as uncompressed video (YUV4MPEG2), of which only the light differs. */
async function film(file, text, format, options) {
  const { symbol, error } = await writeBarcode(text, { format, options });
  assert.equal(error, '');
  const light = Buffer.alloc(WIDTH * HEIGHT, 230);
  const scale = Math.floor(Math.min(WIDTH / symbol.width, HEIGHT / symbol.height) * 0.8);
  const [left, top] = [(WIDTH - symbol.width * scale) >> 1, (HEIGHT - symbol.height * scale) >> 1];
  for (let y = 0; y < symbol.height * scale; y++) {
    for (let x = 0; x < symbol.width * scale; x++) {
      if (symbol.data[Math.floor(y / scale) * symbol.width + Math.floor(x / scale)] === 0) light[(top + y) * WIDTH + left + x] = 20;
    }
  }
  const colours = Buffer.alloc(WIDTH * HEIGHT / 2, 128);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), light, colours]);
  writeFileSync(file, Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`), ...Array(5).fill(frame)]));
}

const folder = mkdtempSync(join(tmpdir(), 'camera-'));
const file = join(folder, 'code.y4m');
// It is opened whenever the camera is.
writeFileSync(file, '');
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${file}`],
});
try {
  const context = await browser.newContext({ permissions: ['camera'] });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()); });
  page.on('pageerror', (error) => complaints.push(error.stack));
  await page.goto(url);
  assert.equal(await page.evaluate(() => 'BarcodeDetector' in window), false, 'This browser reads codes itself');
  const form = page.locator('#login');
  await form.getByLabel('Username or e-mail').fill(user);
  await form.getByLabel('Password').fill(password);
  await form.getByLabel('Stay signed in').check();
  await form.getByRole('button', { name: 'Log in' }).click();
  await page.locator('#status-legend strong').first().waitFor();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  const adding = page.getByRole('dialog', { name: 'Add an item' });

  /** What the form is filled with that a code before the camera opens. */
  async function read(what, text, format, options, expected) {
    await film(file, text, format, options);
    await page.keyboard.press('s');
    await adding.waitFor();
    const filled = {};
    for (const label of Object.keys(expected)) filled[label] = await adding.getByLabel(label).inputValue();
    assert.deepEqual(filled, expected);
    await page.keyboard.press('Escape');
    await adding.waitFor({ state: 'hidden' });
    console.log(`ok  ${what}`);
  }

  await read('a Data Matrix of GS1 fills the form', '(01)09506000134352(17)270200(10)AB-7(21)X9', 'DataMatrix', 'gs1',
    { Barcode: '09506000134352', 'Lot number': 'AB-7', 'Last good day': '2027-02-28' });
  await read('a Code 128 of GS1 does', '(01)09506000134369(15)280131', 'Code128', 'gs1',
    { Barcode: '09506000134369', 'Last good day': '2028-01-31' });
  assert.deepEqual(complaints, []);
  // What reads codes is kept with the page.
  await context.setOffline(true);
  await read('an EAN does without a connection', '4006381333931', 'EAN13', '', { Barcode: '4006381333931' });
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
