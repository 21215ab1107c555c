// Mercurius with its JIT: resolvers written by hand, a loader for the categories.
import Fastify from 'fastify'
import mercurius from 'mercurius'
import { caller, host, pool, port, serve } from './session.mjs'

const schema = `
  type Query { items(first: Int!): ItemPage! }
  type ItemPage { nodes: [Item!]! }
  type Item {
    id: ID! name: String! description: String quantity: String! unit: String! costPrice: String expiryDate: String
    status: String! daysLeft: Int location: String category: Category
  }
  type Category { id: ID! name: String! color: String }`

const ITEMS = `
  SELECT id, category_id AS "categoryId", name, description, quantity, unit, cost_price AS "costPrice",
         expiry_date AS "expiryDate", item_status(expiry_date, expiring_from, $2::date) AS status,
         expiry_date - $2::date AS "daysLeft", location
    FROM items
   WHERE user_id = $1 AND NOT used_up
   ORDER BY COALESCE(expiry_date, 'infinity'), id
   LIMIT $3`

const CATEGORIES = `
  SELECT id, name, color
    FROM categories
   WHERE user_id = $1 AND id = ANY ($2)`

const resolvers = {
  Query: {
    async items(_, { first }, { user_id: user, today }) {
      const { rows } = await pool.query({ name: 'items', text: ITEMS, values: [user, today, first + 1] })
      return { nodes: rows.slice(0, first) }
    }
  }
}

const loaders = {
  Item: {
    async category(queries, { user_id: user }) {
      const ids = [...new Set(queries.map(({ obj }) => obj.categoryId).filter(Boolean))]
      const { rows } = await pool.query({ name: 'categories', text: CATEGORIES, values: [user, ids] })
      const byId = new Map(rows.map((row) => [row.id, row]))
      return queries.map(({ obj }) => byId.get(obj.categoryId) ?? null)
    }
  }
}

await serve(async () => {
  const app = Fastify()
  app.register(mercurius, {
    schema,
    resolvers,
    loaders,
    jit: 1,
    context: ({ headers }) => caller(headers.authorization)
  })
  await app.listen({ port, host })
})
