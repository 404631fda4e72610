// Node-RED without its editor. BROKER_PORT and MESSAGES come from the environment; where PostgreSQL is, PGHOST and its like say.
'use strict'

const { Pool } = require('pg')

const pool = new Pool({ max: 10 })
const messages = Number(process.env.MESSAGES)
let stored = 0

module.exports = {
  flowFile: 'flows.json',
  userDir: __dirname,
  httpAdminRoot: false,
  httpNodeRoot: false,
  uiHost: '127.0.0.1',
  uiPort: Number(process.env.UI_PORT),
  logging: { console: { level: 'info' } },
  functionGlobalContext: {
    // What the community's PostgreSQL nodes do: a pool, and a prepared statement for each message.
    query: async (query) => {
      await pool.query(query)
      if (++stored === messages) console.log('done')
    }
  }
}
