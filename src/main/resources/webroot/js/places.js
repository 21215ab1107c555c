import { AtRisk, ByPlace } from './stock-pages.js';
import { CalendarPage } from './calendar-page.js';
import { Files } from './files.js';
import { History } from './history.js';
import { ItemPage } from './item-page.js';
import { Labels } from './labels.js';
import { Notifications } from './notifications.js';
import { Products } from './products-page.js';
import { ReportsPage } from './reports-page.js';
import { Settings } from './settings.js';
import { holdsTyped, html, render } from './ui.js';
import { t } from './words.js';

export { holdsTyped };

/**
 * Draws a place in a node, or what changes when it is there already.
 * @param {Element} node
 * @param {Session} session
 * @param {Place} place
 */
export function show(node, session, place) {
  render(html`<${Place} session=${session} place=${place} />`, node);
}

/** @param {Element} node */
export function clear(node) {
  render(null, node);
}

/** @param {{ session: Session, place: Place }} props */
function Place({ session, place: { parts, query } }) {
  const [name, what] = parts;
  switch (name) {
    case 'items': return html`<${ItemPage} key=${what} session=${session} id=${what} />`;
    case 'calendar': return html`<${CalendarPage} session=${session} query=${query} />`;
    case 'by-place': return html`<${ByPlace} session=${session} query=${query} />`;
    case 'at-risk': return html`<${AtRisk} session=${session} query=${query} />`;
    case 'products': return html`<${Products} session=${session} id=${what} query=${query} />`;
    case 'labels': return html`<${Labels} session=${session} query=${query} />`;
    case 'files': return html`<${Files} session=${session} id=${what} query=${query} />`;
    case 'notifications': return html`<${Notifications} session=${session} query=${query} />`;
    case 'reports': return html`<${ReportsPage} session=${session} query=${query} />`;
    case 'history': return html`<${History} session=${session} query=${query} />`;
    case 'settings': return html`<${Settings} session=${session} section=${what} />`;
    default: return html`<section class="headline">
      <h1 tabindex="-1">${t('There is nothing here')}</h1>
      <p class="lead">${t('The address names no place of the dashboard.')} <a href="#/overview">${t('Go to the overview')}</a></p>
    </section>`;
  }
}
