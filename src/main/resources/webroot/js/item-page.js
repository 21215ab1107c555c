import { date, dayAndTime, daysInWords, longDate, quantity, statusWord, value } from './format.js';
import { Events } from './history.js';
import { Notification } from './notifications.js';
import { ITEM_PAGE } from './operations.js';
import { addressOf } from './router.js';
import { Card, Waiting, html, useRead } from './ui.js';

/** One item: everything that is known of it, what was told of it, and what happened to it. */
export function ItemPage({ session, id }) {
  const { data, failure, again } = useRead(session, ITEM_PAGE, { id }, ['items', 'categories', 'notifications']);
  if (data === null) {
    return html`<section class="headline"><h1 tabindex="-1">Item</h1></section><${Waiting} failure=${failure} />`;
  }
  const { item } = data;
  return html`
    <p class="way"><a href="#/items">All items</a></p>
    ${item ? html`<${Facts} session=${session} item=${item} />` : html`<section class="headline">
      <h1 tabindex="-1">It is not here any more</h1>
      <p class="lead">If it was deleted in this inventory, its history below can bring it back.</p></section>`}
    <div class="columns even">
      ${item && item.notifications.nodes.length > 0 && html`<${Card} title="Told of it">
        <ul class="notifications">${item.notifications.nodes.map((each) => html`<${Notification} key=${each.id} session=${session} notification=${each} onDone=${again} isOfItem />`)}</ul>
      </${Card}>`}
      <${Card} title="History"><${Events} session=${session} filter=${{ subjectId: id }} isOfOne /></${Card}>
    </div>`;
}

function Facts({ session, item }) {
  const day = session.today();
  const zone = session.timeZone();
  const facts = [
    ['Quantity', item.usedUp ? 'used up' : quantity(item.quantity, item.unit)],
    ['Last good day', item.expiryDate ? longDate(item.expiryDate) + yearOf(item.expiryDate, day) : 'none'],
    ['Counts as expiring', `${item.leadDays} days before`],
    ['Worth', item.costPrice === null ? null : value(item.totalValue)],
    ['Cost price', item.costPrice === null ? null : `${value(item.costPrice)} per ${item.unit}`],
    ['Selling price', item.sellingPrice === null ? null : `${value(item.sellingPrice)} per ${item.unit}`],
    ['Category', item.category && html`<a href=${addressOf(['items'], { category: item.category.id })}>${item.category.name}</a>`],
    ['Place', item.location && html`<a href=${addressOf(['items'], { place: item.location })}>${item.location}</a>`],
    ['Bought on', item.purchaseDate && date(item.purchaseDate, day)],
    ['Lot number', item.lotNumber],
    ['Barcode', item.barcode],
    ['Other programs call it', item.externalId],
    ['Added', dayAndTime(item.createdAt, zone)],
    ['Last changed', dayAndTime(item.updatedAt, zone)],
  ];
  return html`
    <section class="headline item-head" aria-labelledby="item-name">
      <p class="item-state"><span class=${`status ${item.status}`}>${statusWord[item.status]}</span>
        ${item.daysLeft !== null && html` <span class="muted">${daysInWords(item.daysLeft)}</span>`}</p>
      <h1 id="item-name" tabindex="-1">${item.name}</h1>
      ${item.description && html`<p class="lead words">${item.description}</p>`}
      ${!session.isViewer() && html`<div class="item-tools">
        ${!item.usedUp && html`<button type="button" class="primary" onClick=${() => session.dialogs.takeOut(item)}>Take out</button>`}
        <button type="button" onClick=${() => session.dialogs.edit(item)}>Edit</button>
        <button type="button" class="quiet" onClick=${() => session.dialogs.remove(item)}>Delete</button>
      </div>`}
    </section>
    <${Card} title="Particulars">
      <dl class="facts">${facts.filter(([, fact]) => fact !== null).map(([word, fact]) => html`<div key=${word}><dt>${word}</dt><dd>${fact}</dd></div>`)}</dl>
    </${Card}>`;
}

const yearOf = (isoDate, today) => (isoDate.slice(0, 4) === today.slice(0, 4) ? '' : ` ${isoDate.slice(0, 4)}`);
