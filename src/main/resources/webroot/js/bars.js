import { drawn } from './dom.js';

/** A part that is there is never drawn thinner than this share of its bar, in percent. */
const THINNEST = 0.8;

/**
 * A horizontal stacked bar. `draw(parts, full, label)`: each part `{ key, size }` is coloured by its key; `full` is
 * what the whole width stands for; the label says in words what is drawn.
 * @param {number} height
 */
export function stackedBar(height) {
  const svg = drawn('svg', { class: 'stacked-bar', width: '100%', height, role: 'img' });
  /** @type {Map<string, SVGRectElement>} */
  const bars = new Map();
  return {
    svg,
    /**
     * @param {Part[]} parts
     * @param {number} full
     * @param {string} label
     */
    draw(parts, full, label) {
      svg.setAttribute('aria-label', label);
      const shares = parts.map(({ size }) =>
        size > 0 && full > 0 ? Math.max((100 * size) / full, THINNEST) : 0);
      const squeeze = 100 / Math.max(100, shares.reduce((sum, share) => sum + share, 0));
      let x = 0;
      parts.forEach(({ key }, index) => {
        if (!bars.has(key)) bars.set(key, svg.appendChild(drawn('rect', { class: `fill-${key}`, height: '100%' })));
        const bar = bars.get(key);
        const width = shares[index] * squeeze;
        bar.setAttribute('x', `${x}%`);
        bar.setAttribute('width', `${width}%`);
        x += width;
      });
    },
  };
}

/**
 * A small square of a status's colour, for legends.
 * @param {string} fill
 */
export function swatch(fill) {
  return drawn('svg', { class: 'swatch', width: 11, height: 11, 'aria-hidden': 'true' },
    drawn('rect', { class: `fill-${fill}`, width: 11, height: 11, rx: 3 }));
}
