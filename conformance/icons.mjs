// The dashboard's icons for home screens, drawn from its SVG: node icons.mjs [CHROMIUM]
import { readFile, writeFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const [executablePath = '/usr/bin/chromium'] = process.argv.slice(2);
const folder = new URL('../src/main/resources/webroot/', import.meta.url);
const icon = await readFile(new URL('icon.svg', folder), 'utf8');
// Systems cut their own shape out of these: colour to the edges, and the drawing within the safe middle.
const whole = icon.replace('rx="15"', '');
const maskable = icon
  .replace(/viewBox="0 0 64 64"/, 'viewBox="-8 -8 80 80"')
  .replace(/<rect [^>]*>/, '<rect x="-8" y="-8" width="80" height="80" fill="#2c6a56"/>');

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
try {
  for (const [name, size, drawing] of [
    ['icon-192', 192, icon], ['icon-512', 512, icon], ['icon-maskable-512', 512, maskable], ['icon-apple-180', 180, whole],
  ]) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(`<style>body { margin: 0 } svg { display: block; width: 100vw; height: 100vh }</style>${drawing}`);
    await writeFile(new URL(`${name}.png`, folder), await page.screenshot({ omitBackground: true }));
    await page.close();
  }
} finally {
  await browser.close();
}
