"""May this change be made? Rows of one's own, loaded once; then one resource changed, and just that one judged.

what_if.py BUNDLE
"""

import json
import sys

import bylaw

policies = bylaw.load(sys.argv[1])
estate = policies.rows({
    "shop.team": [{"address": "team/web", "name": "web", "may_publish": True}, {"address": "team/data", "name": "data", "may_publish": False}],
    "shop.store": [{"address": "store/logs", "owner": "data", "public": False}],
})
for change in ({"public": True}, {"public": True, "owner": "web"}):
    changed = estate.with_row("shop.store", "store/logs", change)  # `estate` stays as it is
    report = changed.check(only=[("shop.store", "store/logs")], now=0)
    print(f"{json.dumps(change)}: {report[0].message if len(report) else 'fine'}")
