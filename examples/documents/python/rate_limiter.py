"""Tutorial 1: so many requests are allowed within a minute, the rest are not."""

import time

from driver import Driver

driver = Driver()
[code] = driver.input["code"]

# Prelude: the tutorial counts by the minute of the clock. It stands still here, so that no run of
# this driver straddles two minutes.
now = time.time()
time.time = lambda: now
minute = int(now / 60)

document = {}
printed = driver.run(code, document)
driver.check("the first request of its user is allowed", printed, "Request allowed\n")

limiter = document["limiter"]
rest = [limiter.is_allowed("user:123") for _ in range(149)]
driver.check("of 150 requests the first 100 are allowed", rest[:99], [True] * 99)
driver.check("the next 50 are limited", rest[99:], [False] * 50)

printed = driver.run(code, {})
driver.check("the program, run again, is limited", printed, "Rate limit exceeded\n")



def requests_of(user):
    """Makes five requests where three are allowed; also returns how many the server has counted."""
    few = document["RateLimiter"](driver.url, requests_per_minute=3)
    allowed = [few.is_allowed(user) for _ in range(5)]
    return allowed, driver.stored(f"ratelimit:{user}:{minute}")


# User ids are part of the key, and so of the path of a URL.
for user in ["a/b", "two words", "zoë", "日本 💚", "50%", "100%zz", 'a"b', "a+b&c=d", "a;b,c:d@e"]:
    limited = ([True] * 3 + [False] * 2, "3")
    driver.check(f"the user {user!r} may make 3 of 5 requests", requests_of(user), limited)
driver.note("requests writes the `%` of '50%' and '100%zz' as %25: the server sees the id as it is")

for user in ["50%41", "a/../b", "a?b", "a#b"]:
    unlimited = ([True] * 5, "1")
    driver.check(f"the user {user!r} is not limited, by the client's doing", requests_of(user), unlimited)
driver.note("requests takes '%41' for an escape that is there already, resolves '..', and ends a path")
driver.note("at '?' and '#'. The tutorial then asks for another key than the one that it wrote, and that")
driver.note("the server has kept; no server can tell. The SDK sends keys as they are.")
