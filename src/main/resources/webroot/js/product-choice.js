import { debounced, element } from './dom.js';
import { daysAfter } from './format.js';
import { PRODUCT_SUGGESTIONS } from './product-operations.js';
import { t } from './words.js';

/**
 * The product of which an item is a lot, in the form of items: chosen there, or known by a name or barcode that is typed or
 * scanned. A new item is filled in with what its product says of new lots, where nothing is said yet.
 * @param {{ api: Api; form: FormNode; today: () => string; isNew: () => boolean; freshUnit: string }} options
 */
export function createProductChoice({ api, form, today, isNew, freshUnit }) {
  const { elements } = form;
  /** @type {Map<string, ProductToChoose>} */
  const known = new Map();
  const select = element('select', { name: 'productId' });
  elements.barcode.closest('label').after(element('label', {}, t('Product'), ' ', select));
  show(null);

  /**
   * Shows the product of an item, or that it has none, and offers no other.
   * @param {{ id: string; name: string } | null} product
   */
  function show(product) {
    known.clear();
    select.replaceChildren(element('option', { value: '' }, t('None')));
    if (product) select.append(element('option', { value: product.id }, product.name));
    select.value = product?.id ?? '';
  }

  /** @param {ProductToChoose[]} products */
  function offer(products) {
    for (const product of products) {
      if (![...select.options].some(({ value }) => value === product.id)) select.append(element('option', { value: product.id }, product.name));
      known.set(product.id, product);
    }
  }

  /** @param {ProductToChoose | undefined} product */
  function take(product) {
    if (!product) return;
    offer([product]);
    select.value = product.id;
    if (!isNew()) return;
    const said = {
      name: product.name, location: product.location, categoryId: product.category?.id,
      expiryDate: product.shelfLifeDays === null ? null : daysAfter(today(), product.shelfLifeDays),
    };
    for (const [field, value] of Object.entries(said)) if (elements[field].value === '') elements[field].value = value ?? '';
    if (elements.unit.value === freshUnit) elements.unit.value = product.unit;
  }

  /** @param {Schema.ProductFilter} filter */
  async function found(filter) {
    try {
      return (await api.request(PRODUCT_SUGGESTIONS, { filter })).products.nodes;
    } catch {
      // Whoever is offered nothing chooses nothing.
      return [];
    }
  }

  async function ofBarcode() {
    const code = elements.barcode.value.trim();
    if (code === '' || select.value !== '' || select.disabled) return;
    const [product] = await found({ barcodes: [code] });
    if (elements.barcode.value.trim() === code && select.value === '') take(product);
  }

  select.addEventListener('change', () => take(known.get(select.value)));
  elements.barcode.addEventListener('change', ofBarcode);
  elements.name.addEventListener('input', debounced(200, async () => {
    const words = elements.name.value.trim();
    if (words.length < 2 || select.disabled) return;
    const products = await found({ search: words });
    if (elements.name.value.trim() !== words) return;
    offer(products);
    if (isNew() && select.value === '') take(products.find(({ name }) => name.toLowerCase() === words.toLowerCase()));
  }));

  return { show, take, ofBarcode };
}
