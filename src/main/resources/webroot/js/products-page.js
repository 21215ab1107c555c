import { newKey } from './api.js';
import { confirmed, say } from './dom.js';
import { OUTCOMES, date, dayAndTime, daysInWords, decimalText, labelled, quantity, statusWord } from './format.js';
import { decimal, decimalOrNull, textOrNull } from './form.js';
import { Events } from './history.js';
import { CREATE_PRODUCT, DELETE_PRODUCT, LOTS, ONE_PRODUCT, PRODUCTS, TAKE_OUT_PRODUCT, UPDATE_PRODUCT } from './product-operations.js';
import { addressOf } from './router.js';
import { Views } from './stock-pages.js';
import { Card, Check, Choice, Form, Several, Text, Waiting, html, settle, usePages, useRead, useState } from './ui.js';
import { n, t } from './words.js';

const KINDS = ['products', 'items', 'categories'];

/**
 * The products of the inventory, or one of them.
 * @param {{ session: Session, id?: string, query: URLSearchParams }} props
 */
export function Products({ session, id, query }) {
  return id ? html`<${OneProduct} key=${id} session=${session} id=${id} />` : html`<${List} session=${session} query=${query} />`;
}

/** @param {{ session: Session, query: URLSearchParams }} props */
function List({ session, query }) {
  const search = query.get('search') ?? '';
  const onlyShort = query.get('short') === 'yes';
  /** @param {Record<string, string>} changes */
  const at = (changes) => addressOf(['products'], { ...Object.fromEntries(query), ...changes });
  const filter = { search: search || null, belowMinimum: onlyShort ? true : null };
  const { rows, more, failure } = usePages(session, PRODUCTS, { filter }, 'products', KINDS, 50);

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   */
  async function create(fields, form) {
    const input = inputOf(fields);
    const { product, userErrors } = (await session.api.request(CREATE_PRODUCT, { input, key: keyFor(form, input) })).createProduct;
    if (product === null) return userErrors;
    form.reset();
    delete form.dataset.sent;
    say(t('{name} was added.', { name: input.name }));
    session.changed('products');
    session.go(addressOf(['products', product.id]));
    return [];
  }

  return html`
    <section class="headline"><h1 tabindex="-1">${t('Products')}</h1>
      <p class="lead">${t('What lots of the same thing have in common: their barcodes, what new lots are like, and how much should be there.')}</p>
      <${Views} chosen="products" /></section>
    <${Card} title=${t('All products')}>
      <div class="fields" role="search">
        <label class="wide">${t('Name, note or barcode')} <input type="search" name="search" maxlength="200" autocomplete="off" defaultValue=${search}
          onChange=${({ target }) => session.go(at({ search: target.value.trim() }))} /></label>
      </div>
      <nav class="chips" aria-label=${t('What is shown')}>
        <a class="chip" href=${at({ short: '' })} aria-current=${onlyShort ? undefined : 'true'}>${t('All')}</a>
        <a class="chip" href=${at({ short: 'yes' })} aria-current=${onlyShort ? 'true' : undefined}>${t('Too little in stock')}</a></nav>
      ${rows === null ? html`<${Waiting} failure=${failure} />`
        : rows.length === 0 ? html`<p class="empty">${search || onlyShort ? t('No product is like that.') : t('None yet.')}</p>`
        : html`<ul class="rows products">${rows.map((product) => html`<li key=${product.id}><div>
            <a class="plain" href=${addressOf(['products', product.id])}><strong>${product.name}</strong></a>
            ${product.isBelowMinimum && html` <span class="status EXPIRING_SOON">${t('Too little in stock')}</span>`}
            <p class="muted">${factsOf(product, session)}</p></div>
          <strong>${quantity(product.quantity, product.unit)}</strong></li>`)}</ul>`}
      ${more && html`<button type="button" class="more" onClick=${more}>${t('Show more')}</button>`}
    </${Card}>
    ${!session.isViewer() && html`<${Card} title=${t('New product')}><${Form} id="new-product" word=${t('Add')} onSend=${create}>
      <${Fields} session=${session} /></${Form}></${Card}>`}`;
}

/**
 * The same key for the same input as long as the form is not emptied: sending again after a lost answer is safe.
 * @param {FormNode} form
 * @param {object} input
 */
function keyFor(form, input) {
  const sent = JSON.stringify(input);
  if (form.dataset.sent !== sent) form.dataset.key = newKey();
  form.dataset.sent = sent;
  return form.dataset.key ?? '';
}

/** @param {string | number} decimalOf */
const isSome = (decimalOf) => Number(decimalOf) > 0;

/**
 * @param {ProductInList} product
 * @param {Session} session
 */
const factsOf = (product, session) => [
  product.nextExpiryDate && t('next date {date}', { date: date(product.nextExpiryDate, session.today()) }),
  isSome(product.expiredQuantity) && t('{quantity} expired', { quantity: quantity(product.expiredQuantity, product.unit) }),
  product.minimumQuantity !== null && t('at least {quantity}', { quantity: quantity(product.minimumQuantity, product.unit) }),
  product.location, product.category?.name,
].filter(Boolean).join(' · ');

/** @type {Pick<Product, 'name' | 'unit' | 'barcodes' | 'shelfLifeDays' | 'minimumQuantity' | 'location' | 'category' | 'notes'>} */
const NEW = { name: '', unit: t('pcs'), barcodes: [], shelfLifeDays: null, minimumQuantity: null, location: null, category: null, notes: null };

/** @param {{ session: Session, product?: typeof NEW }} props */
const Fields = ({ session, product = NEW }) => html`
  <${Text} label=${t('Name')} name="name" value=${product.name} maxlength="200" autocomplete="off" wide required />
  <${Text} label=${t('Unit')} name="unit" value=${product.unit} maxlength="32" autocomplete="off" required />
  <${Text} label=${t('At least in stock')} hint=${t('optional')} name="minimumQuantity" value=${product.minimumQuantity && decimalText(product.minimumQuantity)} inputmode="decimal" autocomplete="off" />
  <${Several} label=${t('Barcodes')} hint=${t('one a line')} name="barcodes" rows="2" value=${product.barcodes.join('\n')} />
  <fieldset class="wide"><legend>${t('What new lots are like')} <span class="hint">${t('unless something else is said of them')}</span></legend><div class="fields">
    <${Text} label=${t('Good for days')} name="shelfLifeDays" value=${product.shelfLifeDays} inputmode="numeric" data-whole="" autocomplete="off" />
    <${Text} label=${t('Place')} name="location" value=${product.location} maxlength="200" autocomplete="off" />
    <${Choice} label=${t('Category')} name="categoryId" value=${product.category?.id ?? ''} wide
      options=${[['', t('None')], ...session.categories().map(({ id, name }) => [id, name])]} /></div></fieldset>
  <${Several} label=${t('Notes')} name="notes" rows="3" value=${product.notes} maxlength="2000" />`;

/** @param {Fields} fields */
const inputOf = (fields) => ({
  name: fields.name.value.trim(),
  unit: fields.unit.value.trim(),
  minimumQuantity: decimalOrNull(fields.minimumQuantity),
  barcodes: linesOf(fields.barcodes),
  shelfLifeDays: fields.shelfLifeDays.value.trim() === '' ? null : Number(fields.shelfLifeDays.value),
  location: textOrNull(fields.location),
  categoryId: textOrNull(fields.categoryId),
  notes: textOrNull(fields.notes),
});

/** @param {{ value: string }} control */
const linesOf = ({ value }) => value.split('\n').map((line) => line.trim()).filter((line) => line !== '');

/** @param {{ session: Session, id: string }} props */
function OneProduct({ session, id }) {
  const { data, failure, again } = useRead(session, ONE_PRODUCT, { id }, KINDS);
  if (data === null) {
    return html`<section class="headline"><h1 tabindex="-1">${t('Product')}</h1></section><${Waiting} failure=${failure} />`;
  }
  const { product } = data;
  return html`
    <p class="way"><a href="#/products">${t('All products')}</a></p>
    ${product ? html`<${Whole} session=${session} product=${product} again=${again} />` : html`<section class="headline">
      <h1 tabindex="-1">${t('It is not here any more')}</h1>
      <p class="lead">${t('If it was deleted in this inventory, its history below can bring it back.')}</p></section>`}
    <${Card} title=${t('History')}><${Events} session=${session} filter=${{ subjectId: id }} isOfOne /></${Card}>`;
}

/** @param {{ session: Session, product: Product, again: () => void }} props */
function Whole({ session, product, again }) {
  const [isEdited, setEdited] = useState(false);
  const { id, name } = product;
  const facts = [
    [t('In stock'), quantity(product.quantity, product.unit)],
    [t('Expired'), isSome(product.expiredQuantity) ? quantity(product.expiredQuantity, product.unit) : null],
    [t('In other units'), product.quantities.filter(({ unit }) => unit !== product.unit)
      .map((each) => quantity(Number(each.quantity) + Number(each.expiredQuantity), each.unit)).join(', ') || null],
    [t('At least in stock'), product.minimumQuantity === null ? null : quantity(product.minimumQuantity, product.unit)],
    [t('Next date'), product.nextExpiryDate && date(product.nextExpiryDate, session.today())],
    [t('Good for'), product.shelfLifeDays === null ? null : n(product.shelfLifeDays, '{count} day', '{count} days')],
    [t('Category'), product.category && html`<a href=${addressOf(['items'], { category: product.category.id })}>${product.category.name}</a>`],
    [t('Place'), product.location],
    [t('Barcodes'), product.barcodes.join(', ') || null],
    [t('Added|date'), dayAndTime(product.createdAt, session.timeZone())],
    [t('Last changed'), dayAndTime(product.updatedAt, session.timeZone())],
  ];

  /**
   * @param {Fields} fields
   * @param {FormNode} form
   */
  async function update(fields, form) {
    const input = { id, expectedVersion: product.version, ...inputOf(fields) };
    const { userErrors } = (await session.api.request(UPDATE_PRODUCT, { input })).updateProduct;
    if (userErrors.length > 0) {
      if (userErrors.some(({ code }) => code === 'STALE_VERSION')) again();
      return userErrors;
    }
    settle(form);
    setEdited(false);
    say(t('{name} was changed.', { name: input.name }));
    session.changed('products');
    again();
    return [];
  }

  async function remove() {
    const isSure = await confirmed({ title: t('Delete {name}?', { name }), text: t('Its lots stay, as items of no product.'), word: t('Delete'), keep: t('Keep it') });
    if (!isSure) return;
    try {
      const { userErrors } = (await session.api.request(DELETE_PRODUCT, { input: { id, expectedVersion: product.version } })).deleteProduct;
      say(userErrors[0]?.message ?? t('{name} was deleted.', { name }));
      session.changed('products');
      if (userErrors.length > 0) again();
      else session.go('#/products');
    } catch (error) {
      session.onFailure(error);
    }
  }

  const addLot = () => session.dialogs.add({ product });

  return html`
    <section class="headline item-head" aria-labelledby="product-name">
      ${product.isBelowMinimum && html`<p class="item-state"><span class="status EXPIRING_SOON">${t('Too little in stock')}</span></p>`}
      <h1 id="product-name" tabindex="-1">${name}</h1>
      ${product.notes && html`<p class="lead words">${product.notes}</p>`}
      ${!session.isViewer() && html`<div class="item-tools">
        <button type="button" class="primary" onClick=${addLot}>${t('Add a lot')}</button>
        <button type="button" aria-expanded=${String(isEdited)} onClick=${() => setEdited(!isEdited)}>${t('Edit')}</button>
        <button type="button" class="quiet" onClick=${remove}>${t('Delete')}</button>
      </div>`}
    </section>
    ${isEdited && html`<${Card} title=${t('Edit {name}', { name })}><${Form} id="edit-product" word=${t('Save')} onSend=${update}>
      <${Fields} session=${session} product=${product} /></${Form}></${Card}>`}
    <div class="columns even">
      <${Card} title=${t('Particulars')}>
        <dl class="facts">${facts.filter(([, fact]) => fact !== null).map(([word, fact]) => html`<div key=${word}><dt>${word}</dt><dd>${fact}</dd></div>`)}</dl>
      </${Card}>
      ${!session.isViewer() && html`<${TakeOut} session=${session} product=${product} again=${again} />`}
    </div>
    <${Lots} session=${session} product=${product} />`;
}

/** @param {{ session: Session, product: Product, again: () => void }} props */
function TakeOut({ session, product, again }) {
  /**
   * @param {Fields} fields
   * @param {FormNode} form
   */
  async function takeOut(fields, form) {
    const input = {
      productId: product.id, quantity: decimal(fields.quantity), outcome: fields.outcome.value, note: textOrNull(fields.note),
      includeExpired: fields.includeExpired.checked,
    };
    const { userErrors } = (await session.api.request(TAKE_OUT_PRODUCT, { input, key: keyFor(form, input) })).takeOutProduct;
    if (userErrors.length > 0) return userErrors;
    delete form.dataset.sent;
    form.reset();
    say(t('{quantity} of {name} taken out.', { quantity: quantity(input.quantity, product.unit), name: product.name }));
    session.changed('items');
    session.changed('reports');
    again();
    return [];
  }

  return html`<${Card} title=${t('Take out')} hint=${t('Of the lots that expire first; all of it or, when so much is not there, nothing.')}>
    <${Form} id="take-out-product" word=${t('Take out')} onSend=${takeOut}>
      <${Text} label=${t('Quantity')} hint=${t('of {quantity}', { quantity: quantity(product.quantity, product.unit) })} name="quantity" inputmode="decimal" autocomplete="off" required />
      <${Choice} label=${t('What became of it?')} name="outcome" value="USED" options=${OUTCOMES} />
      <${Text} label=${t('Note')} hint=${t('optional')} name="note" maxlength="500" autocomplete="off" wide />
      <${Check} label=${t('Also of what has expired')} name="includeExpired" />
    </${Form}></${Card}>`;
}

/** @param {Answer<'LOTS'>} answer */
const lotsOf = ({ product }) => product?.items ?? { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };

/** @param {{ session: Session, product: Product }} props */
function Lots({ session, product }) {
  const { rows, more, failure } = usePages(session, LOTS, { id: product.id }, lotsOf, ['items', 'products'], 50);
  return html`<${Card} title=${t('Lots')}>
    ${rows === null ? html`<${Waiting} failure=${failure} />`
      : rows.length === 0 ? html`<p class="empty">${t('No lot is in stock.')}</p>`
      : html`<ul class="rows">${rows.map((item) => html`<li key=${item.id}><div>
          <a class="plain" href=${addressOf(['items', item.id])}>${item.name}</a> <span class=${`status ${item.status}`}>${statusWord[item.status]}</span>
          <p class="muted">${[item.expiryDate && item.daysLeft !== null && `${date(item.expiryDate, session.today())} (${daysInWords(item.daysLeft)})`,
            item.lotNumber && labelled(t('Lot number'), item.lotNumber), item.location].filter(Boolean).join(' · ')}</p></div>
        <strong>${quantity(item.quantity, item.unit)}</strong></li>`)}</ul>`}
    ${more && html`<button type="button" class="more" onClick=${more}>${t('Show more')}</button>`}
  </${Card}>`;
}
