"""Has newsboat, which reads feeds as people in terminals do, load feeds and says
what it keeps.

usage: newsboat_check.py FOLDER FILE...     (*.rss, *.atom)

Prints a JSON list with one object a file, its entries as newsboat has them.
"""

import json
import os
import sqlite3
import subprocess
import sys



def load(folder, files):
    urls, cache, config = (os.path.join(folder, n) for n in ("urls", "cache.db", "config"))
    with open(urls, "w", encoding="utf-8") as f:
        f.write("".join("file://%s\n" % name for name in files))
    open(config, "w").close()
    env = {"HOME": folder, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    subprocess.run(["newsboat", "-q", "-u", urls, "-c", cache, "-C", config, "-x", "reload"], check=True, env=env, stdout=subprocess.DEVNULL)
    db = sqlite3.connect(cache)
    for name in files:
        rows = db.execute("SELECT guid, title, url, content FROM rss_item WHERE feedurl = ?", ("file://" + name,)).fetchall()
        yield {"file": name, "reader": "newsboat", "entries": [dict(zip(("id", "title", "link", "content"), r)) for r in rows]}


# newsboat keeps a story once, whatever feeds it is in: RSS and Atom of the same
# stories are loaded by themselves.
seen = []
for kind in (".rss", ".atom"):
    folder = os.path.join(sys.argv[1], kind[1:])
    os.mkdir(folder)
    seen.extend(load(folder, [name for name in sys.argv[2:] if name.endswith(kind)]))
print(json.dumps(seen))
