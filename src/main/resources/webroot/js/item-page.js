import { date, dayAndTime, daysInWords, fullDate, quantity, statusWord, value } from './format.js';
import { Events } from './history.js';
import { Notification } from './notifications.js';
import { ITEM_PAGE } from './operations.js';
import { addressOf } from './router.js';
import { Card, Waiting, html, useRead } from './ui.js';
import { n, t } from './words.js';

/**
 * One item: everything that is known of it, what was told of it, and what happened to it.
 * @param {{ session: Session, id: string }} props
 */
export function ItemPage({ session, id }) {
  const { data, failure, again } = useRead(session, ITEM_PAGE, { id }, ['items', 'categories', 'notifications']);
  if (data === null) {
    return html`<section class="headline"><h1 tabindex="-1">${t('Item')}</h1></section><${Waiting} failure=${failure} />`;
  }
  const { item } = data;
  return html`
    <p class="way"><a href="#/items">${t('All items')}</a></p>
    ${item ? html`<${Facts} session=${session} item=${item} />` : html`<section class="headline">
      <h1 tabindex="-1">${t('It is not here any more')}</h1>
      <p class="lead">${t('If it was deleted in this inventory, its history below can bring it back.')}</p></section>`}
    <div class="columns even">
      ${item && item.notifications.nodes.length > 0 && html`<${Card} title=${t('Told of it')}>
        <ul class="notifications">${item.notifications.nodes.map((each) => html`<${Notification} key=${each.id} session=${session} notification=${each} onDone=${again} isOfItem />`)}</ul>
      </${Card}>`}
      <${Card} title=${t('History')}><${Events} session=${session} filter=${{ subjectId: id }} isOfOne /></${Card}>
    </div>`;
}

/** @param {{ session: Session, item: NonNullable<Answer<'ITEM_PAGE'>['item']> }} props */
function Facts({ session, item }) {
  const day = session.today();
  const zone = session.timeZone();
  const facts = [
    [t('Quantity'), item.usedUp ? t('nothing left') : quantity(item.quantity, item.unit)],
    [t('Last good day'), item.expiryDate ? fullDate(item.expiryDate, day) : t('not set')],
    [t('Expires soon'), n(item.leadDays, 'from {count} day before its date', 'from {count} days before its date')],
    [t('Worth'), item.costPrice === null ? null : value(item.totalValue)],
    [t('Cost price'), item.costPrice === null ? null : t('{value} per {unit}', { value: value(item.costPrice), unit: item.unit })],
    [t('Selling price'), item.sellingPrice === null ? null : t('{value} per {unit}', { value: value(item.sellingPrice), unit: item.unit })],
    [t('Category'), item.category && html`<a href=${addressOf(['items'], { category: item.category.id })}>${item.category.name}</a>`],
    [t('Product'), item.product && html`<a href=${addressOf(['products', item.product.id])}>${item.product.name}</a>`],
    [t('Place'), item.location && html`<a href=${addressOf(['items'], { place: item.location })}>${item.location}</a>`],
    [t('Bought on'), item.purchaseDate && date(item.purchaseDate, day)],
    [t('Lot number'), item.lotNumber],
    [t('Barcode'), item.barcode],
    [t('Other programs call it'), item.externalId],
    [t('Added|date'), dayAndTime(item.createdAt, zone)],
    [t('Last changed'), dayAndTime(item.updatedAt, zone)],
  ];
  return html`
    <section class="headline item-head" aria-labelledby="item-name">
      <p class="item-state"><span class=${`status ${item.status}`}>${statusWord[item.status]}</span>
        ${item.daysLeft !== null && html`<span class="muted"><span class="hidden">, </span>${daysInWords(item.daysLeft)}</span>`}</p>
      <h1 id="item-name" tabindex="-1">${item.name}</h1>
      ${item.description && html`<p class="lead words">${item.description}</p>`}
      ${!session.isViewer() && html`<div class="item-tools">
        ${!item.usedUp && html`<button type="button" class="primary" onClick=${() => session.dialogs.takeOut(item)}>${t('Take out')}</button>`}
        <button type="button" onClick=${() => session.dialogs.edit(item)}>${t('Edit')}</button>
        <button type="button" class="quiet" onClick=${() => session.dialogs.remove(item)}>${t('Delete')}</button>
      </div>`}
    </section>
    <${Card} title=${t('Particulars')}>
      <dl class="facts">${facts.filter(([, fact]) => fact !== null).map(([word, fact]) => html`<div key=${word}><dt>${word}</dt><dd>${fact}</dd></div>`)}</dl>
    </${Card}>`;
}
