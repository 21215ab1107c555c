// Opens an account and prints an API token of it that reads and changes items: budgets are of an account. Usage: node account.mjs URL
import { ask, register } from './clients.mjs';

const [url] = process.argv.slice(2);
if (!url) {
  console.error('Usage: node account.mjs URL');
  process.exit(2);
}
const { accessToken } = await register(url);
const { createApiToken } = await ask(
  url,
  'mutation { createApiToken(input: { name: "files", scopes: [ITEMS_READ, ITEMS_WRITE] }) { token userErrors { message } } }',
  {},
  accessToken,
);
console.log(createApiToken.token);
