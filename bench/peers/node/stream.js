// The peer of P17: a stream of server-sent events in Node.js. usage: stream.js PORT; what is posted to /pub goes to everyone who reads /sub.
'use strict'

const Fastify = require('fastify')

const readers = new Set()
const app = Fastify({ logger: false })

app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => done(null, body))

app.get('/sub', (request, reply) => {
  reply.hijack()
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  reply.raw.write(': connected\n\n')
  readers.add(reply.raw)
  request.raw.on('close', () => readers.delete(reply.raw))
})

app.post('/pub', (request, reply) => {
  // Written once, sent to many.
  const frame = Buffer.from(`event: telemetry\ndata: ${request.body}\n\n`)
  for (const reader of readers) reader.write(frame)
  reply.code(202).send()
})

app.listen({ port: Number(process.argv[2]), host: '127.0.0.1' })
