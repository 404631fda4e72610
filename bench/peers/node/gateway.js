// The peer of P9: a gateway in Node.js. usage: gateway.js PORT UPSTREAM KEY
'use strict'

const crypto = require('node:crypto')
const Fastify = require('fastify')

const [port, upstream, key] = process.argv.slice(2)
const hash = (text) => crypto.createHash('sha256').update(text).digest('base64')
const known = new Map([[hash(key), { id: 'bench', role: 'USER' }]])

async function start () {
  const app = Fastify({ logger: false, keepAliveTimeout: 600000 })
  app.decorateRequest('caller', null)
  app.addHook('onRequest', (request, reply, done) => {
    const presented = request.headers['x-api-key']
    request.caller = presented === undefined ? undefined : known.get(hash(presented))
    if (request.caller === undefined) {
      reply.code(401).send({ message: 'Invalid API key' })
      return
    }
    done()
  })
  await app.register(require('@fastify/rate-limit'), { hook: 'preHandler', max: 1e9, timeWindow: '1 minute', keyGenerator: (request) => request.caller.id })
  await app.register(require('@fastify/http-proxy'), {
    upstream,
    undici: { connections: 64, pipelining: 1, keepAliveTimeout: 60000 },
    replyOptions: { rewriteRequestHeaders: (request, headers) => { delete headers['x-api-key']; return headers } }
  })
  await app.listen({ port: Number(port), host: '127.0.0.1' })
  console.log('ready')
}

start()
