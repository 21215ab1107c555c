// PostGraphile 5 with its usual preset, on views of the same tables: one SQL statement for a page and its categories.
import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { caller, host, pool, port, serve } from './session.mjs'

const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ pool, schemas: ['peers'] })],
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
  grafast: {
    explain: false,
    context: async ({ node }) => {
      const { user_id: user, today } = await caller(node.req.headers.authorization)
      return { pgSettings: { 'app.user': user, 'app.today': today } }
    }
  }
}

await serve(async () => {
  const server = createServer()
  const serv = postgraphile(preset).createServ(grafserv)
  await serv.addTo(server)
  server.listen(port, host)
})
