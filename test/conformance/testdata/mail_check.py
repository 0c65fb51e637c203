"""Reads messages as a careful mail program would, with Python's own e-mail
package, and verifies their DKIM signatures with python3-dkim (ed25519 needs
python3-nacl).

usage: mail_check.py DNS.json FILE.eml...

DNS.json stands in for the DNS: an object of TXT records by name, such as
{"selector._domainkey.wire.example": "v=DKIM1; k=ed25519; p=..."}.

Prints a JSON list with one object a message:
  file, defects   what the parser had to forgive, of the message and its parts
  type, parts     content type of the message and of each part, in order
  headers         every header by lower-case name, decoded
  text, html      the two alternatives, decoded
  long            length of the longest line; ascii, crlf: whether all bytes are
                  ASCII, and all line ends CRLF
  dkim            for each signature: domain, selector, algorithm, headers
                  covered (a list, lower case), valid, error
  tampered        whether any signature still verifies when the last header
                  that should be covered (List-Unsubscribe-Post) is changed
"""

import email
import email.policy
import json
import sys

import dkim


def signatures(raw, dns):
    def txt(name, timeout=5):
        record = dns.get(name.decode("ascii").rstrip("."))
        return record.encode("ascii") if record else None

    found = []
    for i in range(len(email.message_from_bytes(raw).get_all("DKIM-Signature", []))):
        d = dkim.DKIM(raw)
        error = ""
        try:
            valid = d.verify(idx=i, dnsfunc=txt)
        except dkim.DKIMException as e:
            valid, error = False, str(e)
        fields = d.signature_fields or {}
        found.append({
            "domain": fields.get(b"d", b"").decode(), "selector": fields.get(b"s", b"").decode(), "algorithm": fields.get(b"a", b"").decode(),
            "headers": [h.strip().lower() for h in fields.get(b"h", b"").decode().split(":")], "valid": valid, "error": error,
        })
    return found


def read(path, dns):
    with open(path, "rb") as f:
        raw = f.read()
    m = email.message_from_bytes(raw, policy=email.policy.default)
    parts = list(m.iter_parts()) if m.is_multipart() else []
    defects = [str(x) for part in m.walk() for x in part.defects]
    defects += [str(x) for part in m.walk() for value in part.values() for x in value.defects]

    def body(kind):
        part = m.get_body(preferencelist=(kind,))
        return part.get_content() if part else ""

    changed = raw.replace(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", b"List-Unsubscribe-Post: List-Unsubscribe=Two-Click")
    return {
        "file": path, "defects": defects, "type": m.get_content_type(), "parts": [p.get_content_type() for p in parts],
        "headers": {k.lower(): str(v) for k, v in m.items()}, "text": body("plain"), "html": body("html"),
        "long": max(len(line) for line in raw.split(b"\r\n")), "ascii": raw.isascii(), "crlf": raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r"),
        "dkim": signatures(raw, dns), "tampered": changed == raw or any(s["valid"] for s in signatures(changed, dns)),
    }


with open(sys.argv[1], encoding="utf-8") as f:
    records = json.load(f)
json.dump([read(p, records) for p in sys.argv[2:]], sys.stdout)
