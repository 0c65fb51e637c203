// A subscriber that does what it is told on its input, a JSON object a line, and
// tells on its output what it saw. npm's pubsubhubbub speaks WebSub for it.
import { createHmac } from 'node:crypto'
import { createInterface } from 'node:readline'
import pubsubhubbub from 'pubsubhubbub'

const tell = (event, data = {}) => process.stdout.write(JSON.stringify({ event, ...data }) + '\n')
let subscriber

const acts = {
  listen ({ secret, lease }) {
    subscriber = pubsubhubbub.createServer({ secret, leaseSeconds: lease })
    subscriber.on('listen', () => {
      const { port } = subscriber.server.address()
      subscriber.callbackUrl = `http://127.0.0.1:${port}/callback`
      tell('listen')
    })
    for (const event of ['subscribe', 'unsubscribe', 'denied']) {
      subscriber.on(event, data => tell(event, { topic: data.topic, hub: data.hub, lease: data.lease, error: data.error && String(data.error) }))
    }
    subscriber.on('feed', ({ topic, hub, feed, headers }) => tell('feed', { topic, hub, body: feed.toString('base64'), type: headers['content-type'] }))
    subscriber.on('error', error => tell('error', { error: String(error) }))
    subscriber.listen(0, '127.0.0.1')
  },
  subscribe ({ topic, hub, secret, lease }) {
    subscriber.leaseSeconds = lease
    subscriber.secret = secret
    subscriber.subscribe(topic, hub, error => {
      // It asks with a secret that it makes of the topic and its own, and then
      // checks against its own: it is told the one that it asked with.
      if (secret) subscriber.secret = createHmac('sha1', secret).update(topic).digest('hex')
      tell('asked', { error: error && String(error.responseBody ?? error) })
    })
  },
  unsubscribe ({ topic, hub }) {
    subscriber.unsubscribe(topic, hub, error => tell('asked', { error: error && String(error) }))
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { act, ...data } = JSON.parse(line)
  acts[act](data)
}
process.exit(0)
