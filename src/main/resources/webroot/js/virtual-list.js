import { arrange } from './dom.js';

/** So far above and below the window rows are kept ready. */
const READY = 700;
/** How high a row is taken to be before the first one was measured. */
const GUESS = 64;
const MOST_ROUNDS = 4;

/**
 * A long list of which the document holds only the rows near the window, and the one that has the focus. Where others would
 * stand, the next row has a margin as high as they are or, before they were ever drawn, about as high.
 *
 * `keyOf(entry)` tells entries apart, `nodeOf(entry)` draws one; `onDrawn(keys)` is told which stand in the document, and
 * `onEnd()` that the end of the list has come near.
 * @template Row
 * @param {VirtualList<Row>} options
 */
export function createVirtualList({ list, keyOf, nodeOf, onDrawn, onEnd }) {
  /** @type {Map<string, number>} */
  const heights = new Map();
  const closing = new AbortController();
  /** @type {Row[]} */
  let entries = [];
  let offsets = [0];
  /** @type {Map<string, HTMLElement>} */
  let drawn = new Map();
  let width = 0;
  let whole = false;
  let planned = false;

  /** Where each entry begins, and the list ends. */
  function layOut() {
    let sum = 0;
    for (const height of heights.values()) sum += height;
    const guess = heights.size > 0 ? sum / heights.size : GUESS;
    offsets = new Array(entries.length + 1);
    offsets[0] = 0;
    entries.forEach((entry, index) => { offsets[index + 1] = offsets[index] + (heights.get(keyOf(entry)) ?? guess); });
  }

  /**
   * The entry at so many pixels from the list's top.
   * @param {number} height
   */
  function at(height) {
    let from = 0;
    let to = entries.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (offsets[middle + 1] <= height) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** The first row in sight and where it is, when what is above it may come to be of another height. */
  function anchored() {
    if (list.getBoundingClientRect().top >= 0) return null;
    for (const [key, node] of drawn) {
      const { top, bottom } = node.getBoundingClientRect();
      if (bottom > 0 && top < innerHeight) return { key, top };
    }
    return null;
  }

  function draw() {
    planned = false;
    if (!list.checkVisibility()) return;
    const anchor = anchored();
    layOut();
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      drawNear();
      const now = anchor && drawn.get(anchor.key)?.getBoundingClientRect().top;
      if (now && Math.abs(now - anchor.top) > 0.5) scrollBy({ top: now - anchor.top, behavior: 'instant' });
      if (measured()) break;
    }
    onDrawn(new Set(drawn.keys()));
    if (entries.length > 0 && innerHeight - list.getBoundingClientRect().top + READY > offsets[entries.length]) onEnd();
  }

  function drawNear() {
    const above = -list.getBoundingClientRect().top;
    const from = whole ? 0 : at(above - READY);
    const to = whole ? entries.length : Math.min(at(above + innerHeight + READY) + 1, entries.length);
    const focused = [...drawn].find(([, node]) => node.contains(document.activeElement))?.[0];
    const kept = focused === undefined ? -1 : entries.findIndex((entry) => keyOf(entry) === focused);
    const near = Array.from({ length: Math.max(to - from, 0) }, (_, index) => from + index);
    const indexes = kept < 0 || (kept >= from && kept < to) ? near : kept < from ? [kept, ...near] : [...near, kept];
    drawn = new Map();
    let end = 0;
    for (const index of indexes) {
      const node = nodeOf(entries[index]);
      const gap = offsets[index] - end;
      node.style.marginTop = gap > 0.01 ? `${gap}px` : '';
      drawn.set(keyOf(entries[index]), node);
      end = offsets[index + 1];
    }
    arrange(list, [...drawn.values()]);
    list.style.paddingBottom = `${offsets[entries.length] - end}px`;
  }

  /** Takes over how high the rows came to be; whether that is as they were taken to be. */
  function measured() {
    let same = true;
    for (const [key, node] of drawn) {
      const { height } = node.getBoundingClientRect();
      if (Math.abs((heights.get(key) ?? -1) - height) > 0.5) {
        same = false;
        heights.set(key, height);
      }
    }
    if (!same) layOut();
    return same;
  }

  function plan() {
    if (planned) return;
    planned = true;
    requestAnimationFrame(draw);
  }

  addEventListener('scroll', plan, { passive: true, signal: closing.signal });
  addEventListener('resize', plan, { signal: closing.signal });
  addEventListener('beforeprint', () => {
    whole = true;
    draw();
  }, { signal: closing.signal });
  addEventListener('afterprint', () => {
    whole = false;
    draw();
  }, { signal: closing.signal });
  const resized = new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === width || contentRect.width === 0) return;
    width = contentRect.width;
    heights.clear();
    plan();
  });
  resized.observe(list);

  return {
    /**
     * Shows these entries from now on; those whose rows may have become higher or lower are measured again.
     * @param {Row[]} next
     */
    show(next) {
      entries = next;
      const known = new Set(entries.map(keyOf));
      for (const key of heights.keys()) {
        if (!known.has(key)) heights.delete(key);
      }
      draw();
    },

    draw,

    /**
     * Brings an entry into the document, and the window to it; its node.
     * @param {string} key
     */
    reveal(key) {
      const index = entries.findIndex((entry) => keyOf(entry) === key);
      if (index < 0) return null;
      if (!drawn.has(key)) {
        scrollBy({ top: list.getBoundingClientRect().top + offsets[index] - innerHeight / 2, behavior: 'instant' });
        draw();
      }
      return drawn.get(key) ?? null;
    },

    /** How many entries stand up to the end of the window. */
    reached: () => Math.min(at(innerHeight - list.getBoundingClientRect().top) + 1, entries.length),

    close() {
      closing.abort();
      resized.disconnect();
    },
  };
}
