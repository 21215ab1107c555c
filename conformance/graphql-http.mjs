// Audits a running server by the GraphQL-over-HTTP suite: node graphql-http.mjs URL TOKEN
import { auditServer } from 'graphql-http';

const [url, token] = process.argv.slice(2);
if (!url || !token) {
  console.error('usage: node graphql-http.mjs URL ACCESS_TOKEN');
  process.exit(2);
}

const results = await auditServer({
  url,
  fetchFn: (address, options = {}) =>
    fetch(address, { ...options, headers: { ...options.headers, authorization: `Bearer ${token}` } }),
});

const failed = results.filter((result) => result.status !== 'ok');
for (const result of failed) {
  console.log(`${result.status} ${result.id} ${result.name}: ${result.reason ?? ''}`);
}
console.log(`${results.length - failed.length} of ${results.length} audits pass`);
process.exit(failed.length === 0 ? 0 : 1);
