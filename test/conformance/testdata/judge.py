"""Reads what Wireroom writes with programs that are not Wireroom's.

usage: judge.py feed FILE           python3-feedparser: prints what it read, as JSON
       judge.py mail FILE DNS.json  Python's email package and python3-dkim: likewise

DNS.json maps names such as "sel._domainkey.wire.example" to TXT records.
"""
import email, email.policy, json, sys


def feed(path):
    import feedparser
    f = feedparser.parse(path)
    return {
        "bozo": bool(f.bozo), "why": str(f.get("bozo_exception", "")), "version": f.version,
        "title": f.feed.get("title", ""), "language": f.feed.get("language", ""),
        "links": {l.get("rel"): l.get("href") for l in f.feed.get("links", [])},
        "entries": [{
            "id": e.get("id", ""), "title": e.get("title", ""), "link": e.get("link", ""), "author": e.get("author", ""),
            "published": list(e.published_parsed[:6]) if e.get("published_parsed") else None,
            "updated": list(e.updated_parsed[:6]) if e.get("updated_parsed") else None,
            "content": e.content[0].value if e.get("content") else "", "tags": [t.term for t in e.get("tags", [])],
        } for e in f.entries],
    }


def mail(path, dns):
    import dkim
    records = json.load(open(dns))
    raw = open(path, "rb").read()
    look = lambda name, timeout=5: records.get((name.decode() if isinstance(name, bytes) else name).rstrip("."), "").encode() or None
    m = email.message_from_bytes(raw, policy=email.policy.default)
    count = len(m.get_all("DKIM-Signature", []))
    return {
        "defects": [str(d) for p in m.walk() for d in p.defects],
        "type": m.get_content_type(), "subject": m["Subject"], "from": str(m["From"]), "to": str(m["To"]),
        "id": m["Message-ID"], "list_unsubscribe": m["List-Unsubscribe"], "post": m["List-Unsubscribe-Post"], "list_id": m["List-Id"], "auto": m["Auto-Submitted"],
        "text": m.get_body(("plain",)).get_content(), "html": m.get_body(("html",)).get_content(),
        "signatures": count, "verified": [bool(dkim.DKIM(raw).verify(idx=i, dnsfunc=look)) for i in range(count)],
        "longest_line": max(len(l) for l in raw.split(b"\r\n")),
    }


json.dump({"feed": feed, "mail": mail}[sys.argv[1]](*sys.argv[2:]), sys.stdout)
