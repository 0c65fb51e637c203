"""Reads feeds with python3-feedparser (RSS, Atom) and, as JSON Feed 1.1 has no
reader in Debian, with the standard library and the rules of its specification.

usage: feed_check.py FILE...        (*.rss, *.atom, *.json)

Prints a JSON list with one object a file: what a reader would show, and in
"faults" whatever a reader would have had to forgive.
"""

import calendar
import datetime
import json
import sys

import feedparser


def stamp(parsed):
    return calendar.timegm(parsed) if parsed else 0


def read_xml(path):
    d = feedparser.parse(path)
    faults = []
    if d.bozo:
        faults.append("bozo: %r" % d.bozo_exception)
    links = {}
    for link in d.feed.get("links", []):
        links.setdefault(link.rel, []).append(link.href)
    entries = []
    for e in d.entries:
        rels = [link.rel for link in e.get("links", [])]
        entries.append({
            "id": e.get("id", ""), "title": e.get("title", ""), "link": e.get("link", ""), "author": e.get("author", ""),
            "published": stamp(e.get("published_parsed")), "updated": stamp(e.get("updated_parsed")),
            "content": e.content[0].value if e.get("content") else "", "summary": e.get("summary", ""),
            "permalink": bool(e.get("guidislink", False)), "alternates": rels.count("alternate"), "related": rels.count("related"),
            "tags": len(e.get("tags", [])),
        })
    return {
        "version": d.version, "title": d.feed.get("title", ""), "language": d.feed.get("language", ""), "link": d.feed.get("link", ""),
        "self": links.get("self", []), "hubs": links.get("hub", []), "entries": entries, "faults": faults,
    }


def read_json(path):
    with open(path, encoding="utf-8") as f:
        d = json.load(f)
    faults = []

    def need(condition, what):
        if not condition:
            faults.append(what)

    def when(item, name):
        try:
            t = datetime.datetime.fromisoformat(item[name].replace("Z", "+00:00"))
            need(t.tzinfo is not None, name + " has no zone")
            return int(t.timestamp())
        except (KeyError, ValueError) as e:
            faults.append("%s: %r" % (name, e))
            return 0

    need(d.get("version") == "https://jsonfeed.org/version/1.1", "version")
    need(isinstance(d.get("title"), str) and d["title"], "title")
    need(all(h.get("type") and h.get("url") for h in d.get("hubs", [])), "hubs")
    need(all(k.startswith("_") is False or isinstance(v, dict) for k, v in d.items()), "an extension must be an object")
    entries = []
    for item in d.get("items", []):
        need(isinstance(item.get("id"), str) and item["id"], "an item's id must be a string")
        need("content_html" in item or "content_text" in item, "an item needs content")
        need("author" not in item, "author is of version 1.0")
        entries.append({
            "id": item.get("id", ""), "title": item.get("title", ""), "link": item.get("url", ""), "author": item["authors"][0]["name"],
            "published": when(item, "date_published"), "updated": when(item, "date_modified"),
            "content": item.get("content_html", ""), "summary": item.get("summary", ""),
            "permalink": False, "alternates": 1, "related": 0, "tags": len(item.get("tags", [])),
        })
    return {
        "version": "json11", "title": d.get("title", ""), "language": d.get("language", ""), "link": d.get("home_page_url", ""),
        "self": [d.get("feed_url", "")], "hubs": [h["url"] for h in d.get("hubs", [])], "entries": entries, "faults": faults,
    }


json.dump([dict((read_json if p.endswith(".json") else read_xml)(p), file=p) for p in sys.argv[1:]], sys.stdout)
