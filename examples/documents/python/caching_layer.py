"""Tutorial 6: what was asked of the database once is in the cache, until it changes."""

import json

import requests

from driver import Driver

driver = Driver()
[layer, invalidation] = driver.input["code"]
texts = driver.input["texts"]


class Database:
    """Prelude: the database that the tutorial leaves to its reader."""

    def __init__(self):
        self.rows = {123: {"id": 123, "name": "Ann"}}
        self.queries = 0

    def query(self, _sql, row_id):
        self.queries += 1
        return self.rows[row_id]

    def update(self, _table, row_id, row):
        self.rows[row_id] = row


db = Database()
document = {"db": db}


def get(row_id):
    """Reads a row as the tutorial does; returns it, and whether the database was asked."""
    before = db.queries
    with driver.printed():
        row = document["get_user"](row_id)
    return row, db.queries > before


printed = driver.run(layer, document)
seen = {"misses": printed.count("MISS"), "hits": printed.count("HIT"), "queries": db.queries}
driver.check("its program misses once, then hits", seen, {"misses": 1, "hits": 1, "queries": 1})

values = {f"{name}, in an object": {"text": text, text[:50]: 1} for name, text in texts.items()}
values |= {f"{name}, in an array": [text, [text[:50]], '"'] for name, text in texts.items()}
values |= {"numbers": [0, -1, 1.5, 1e21, 9007199254740991], "a number alone": 42, "true": True}
for row_id, (name, value) in enumerate(values.items(), start=1000):
    db.rows[row_id] = value
    reads = [get(row_id), get(row_id)]
    driver.check(f"{name}: a miss, then a hit", reads, [(value, True), (value, False)])

driver.run(invalidation, document)
document["update_user"](123, {"id": 123, "name": "Anna"})
changed = {"id": 123, "name": "Anna"}
reads = [get(123), get(123)]
driver.check("a change invalidates: a miss, then a hit", reads, [(changed, True), (changed, False)])

driver.note("a value that is itself a string: the tutorial cuts the quotes off its JSON text before it")
driver.note("parses that, so it cannot read one back, whatever a server answers. Within an object or an")
driver.note("array it can, and so can the SDK.")
cache = document["cache"]
for name, text in {"plain": "plain text", "digits": "123", **texts}.items():
    params = {"name": name}
    cache.set_cache("text", params, text)
    answer = requests.get(f"{driver.url}/kv/get/{cache.cache_key('text', params)}")
    try:
        with driver.printed():
            back = cache.get_cached("text", params)
    except ValueError:
        back = None
    driver.check(
        f"a string alone, {name}: answered as it was stored, and not got back",
        [json.loads(answer.text) == text, back == text],
        [True, False],
    )

# The tutorial's own texts are ASCII, as json.dumps makes them. Without a charset in the answer
# requests would read others as Latin-1.
for name, text in texts.items():
    requests.post(f"{driver.url}/kv/set", json={"key": "text", "value": text})
    answer = requests.get(f"{driver.url}/kv/get/text")
    driver.check(f"requests reads back {name}", answer.text, text)
