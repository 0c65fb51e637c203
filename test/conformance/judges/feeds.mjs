// Reads feeds with rss-parser (RSS, Atom) and feedsmith (RSS, Atom, JSON Feed).
// usage: node feeds.mjs FILE...   Prints a JSON list: what each reader shows.
import { readFileSync } from 'node:fs'
import Parser from 'rss-parser'
import { parseFeed } from 'feedsmith'

const list = []
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, 'utf8')
  if (!file.endsWith('.json')) {
    const feed = await new Parser().parseString(text)
    list.push({
      file, reader: 'rss-parser', title: feed.title, entries: feed.items.map(i => ({
        id: i.guid ?? i.id, title: i.title, link: i.link, content: i['content:encoded'] ?? i.content,
      })),
    })
  }
  const { format, feed } = parseFeed(text)
  const entries = feed.items ?? feed.entries
  list.push({
    file, reader: 'feedsmith ' + format, title: feed.title?.value ?? feed.title, entries: entries.map(i => ({
      id: i.guid?.value ?? i.id,
      title: i.title?.value ?? i.title,
      link: i.link ?? i.url ?? i.links?.find(l => l.rel === 'alternate')?.href,
      content: i.content?.encoded ?? i.content_html ?? i.content?.value ?? i.content,
    })),
  })
}
console.log(JSON.stringify(list))
