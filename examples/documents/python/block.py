"""Runs a block of a tutorial as a program of its own, byte for byte, after the tutorial's prelude.

Reads {"tutorial": 5, "code": "..."} from standard input.
"""

import json
import sys

import preludes

block = json.load(sys.stdin)
namespace = {"__name__": "__main__", **preludes.TUTORIALS[block["tutorial"]]}
exec(compile(block["code"], "<document>", "exec"), namespace)
