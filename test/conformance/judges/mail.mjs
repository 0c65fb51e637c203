// Reads messages with mailparser and verifies their signatures with mailauth.
// usage: node mail.mjs DNS.json FILE...   Prints a JSON list.
import { readFileSync } from 'node:fs'
import { simpleParser } from 'mailparser'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'

const [dns, ...files] = process.argv.slice(2)
const records = JSON.parse(readFileSync(dns, 'utf8'))
const resolver = async (name, type) => {
  if (type !== 'TXT' || !records[name]) throw Object.assign(new Error('no ' + name), { code: 'ENOTFOUND' })
  return [[records[name]]]
}
const list = []
for (const file of files) {
  // A Maildir keeps lines as the system has them; on the wire they end in CRLF.
  const raw = Buffer.from(readFileSync(file, 'latin1').replace(/\r?\n/g, '\r\n'), 'latin1')
  const mail = await simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true })
  const verdict = await dkimVerify(raw, { resolver })
  const spoilt = Buffer.from(raw.toString('latin1').replace('List-Id: ', 'List-Id: x'), 'latin1')
  const tampered = await dkimVerify(spoilt, { resolver })
  list.push({
    file, subject: mail.subject, text: mail.text ?? '', html: mail.html || '',
    signatures: verdict.results.map(r => (r.status.result + " " + r.signingDomain + (r.status.comment ? " " + r.status.comment : "")).trim()),
    tampered: tampered.results.map(r => r.status.result),
  })
}
console.log(JSON.stringify(list))
