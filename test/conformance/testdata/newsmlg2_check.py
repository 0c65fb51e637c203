"""Reads NewsML-G2 with IPTC's own python-newsmlg2.

usage: newsmlg2_check.py FOLDER-OF-ITS-REPOSITORY FILE...

Prints a JSON list with one object a file: guid, version, urgency, status, and in
"fault" what its parser did not take.
"""

import json
import sys

sys.path.insert(0, sys.argv[1])
import NewsMLG2  # noqa: E402

seen = []
for name in sys.argv[2:]:
    one = {"file": name, "fault": "", "guid": "", "version": "", "urgency": "", "status": ""}
    try:
        item = NewsMLG2.NewsMLG2Document(name).get_item()
        one["guid"], one["version"] = str(item.guid), str(item.version)
        one["urgency"], one["status"] = str(item.contentmeta.urgency), str(item.itemmeta.pubstatus)
    except Exception as e:  # whatever it refuses with is its verdict
        one["fault"] = "%s: %s" % (type(e).__name__, e)
    seen.append(one)
print(json.dumps(seen))
