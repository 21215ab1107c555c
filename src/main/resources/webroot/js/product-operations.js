/** Every GraphQL document that the dashboard sends of products; read when one of their pages is opened. */

const PRODUCT_ERRORS = 'userErrors { code message field }';

const PRODUCT_IN_LIST = 'id name unit quantity expiredQuantity nextExpiryDate minimumQuantity isBelowMinimum location category { id name }';

const PRODUCT = `${PRODUCT_IN_LIST} shelfLifeDays barcodes notes version createdAt updatedAt quantities { unit quantity expiredQuantity lotCount }`;

export const PRODUCTS = `query Products($first: Int!, $after: String, $filter: ProductFilter) {
  products(first: $first, after: $after, filter: $filter) {
    nodes { ${PRODUCT_IN_LIST} } totalCount pageInfo { hasNextPage endCursor }
  }
}`;

export const ONE_PRODUCT = `query OneProduct($id: ID!) { product(id: $id) { ${PRODUCT} } }`;

export const LOTS = `query Lots($id: ID!, $first: Int!, $after: String) {
  product(id: $id) {
    items(first: $first, after: $after) {
      nodes { id name quantity unit expiryDate status daysLeft location lotNumber } pageInfo { hasNextPage endCursor }
    }
  }
}`;

export const PRODUCT_SUGGESTIONS = `query ProductSuggestions($filter: ProductFilter!) {
  products(first: 10, filter: $filter) { nodes { id name unit location shelfLifeDays category { id } } }
}`;

export const CREATE_PRODUCT = `mutation CreateProduct($input: CreateProductInput!, $key: String!) {
  createProduct(input: $input) @idempotent(key: $key) { product { id } ${PRODUCT_ERRORS} }
}`;

export const UPDATE_PRODUCT = `mutation UpdateProduct($input: UpdateProductInput!) {
  updateProduct(input: $input) { product { id version } ${PRODUCT_ERRORS} }
}`;

export const DELETE_PRODUCT = `mutation DeleteProduct($input: DeleteProductInput!) {
  deleteProduct(input: $input) { deletedId ${PRODUCT_ERRORS} }
}`;

export const TAKE_OUT_PRODUCT = `mutation TakeOutProduct($input: TakeOutProductInput!, $key: String!) {
  takeOutProduct(input: $input) @idempotent(key: $key) { takeOuts { id } ${PRODUCT_ERRORS} }
}`;
