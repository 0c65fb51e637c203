"""Asks the W3C feed validator.

usage: feedvalidator_check.py FOLDER-OF-ITS-REPOSITORY FILE...

Prints a JSON list with one object a file: its errors, and its warnings.
"""

import json
import sys

sys.path.insert(0, sys.argv[1] + "/src")
import feedvalidator  # noqa: E402
from feedvalidator import compatibility, logging  # noqa: E402

seen = []
for name in sys.argv[2:]:
    with open(name, "rb") as f:
        events = feedvalidator.validateStream(f, firstOccurrenceOnly=0, base="https://wire.example/feed")["loggedEvents"]
    def told(kind):
        return sorted({type(e).__name__ + " " + str(e.params.get("element", "")) + " " + str(e.params.get("value", ""))[:60] for e in events if isinstance(e, kind)})
    seen.append({"file": name, "errors": told(logging.Error), "warnings": told(logging.Warning)})
print(json.dumps(seen))
