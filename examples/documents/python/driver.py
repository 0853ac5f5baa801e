"""What the drivers share: their input, their checks, and a way to ask the server beside the tutorial.

A driver reads {"code": [...], "url": "...", ...} from standard input and writes one line of JSON for
each check. It runs the code of a tutorial in a namespace that its prelude has filled.
"""

import contextlib
import io
import json
import sys

import requests


class Driver:
    def __init__(self):
        self.input = json.load(sys.stdin)
        self.url = self.input["url"]
        self._out = sys.stdout

    def note(self, text):
        self._write({"note": text})

    def check(self, name, actual, expected=True):
        failure = None if actual == expected else f"expected {brief(expected)}, got {brief(actual)}"
        self._write({"check": name, "failure": failure})

    def run(self, code, namespace):
        """Runs a block of the document, byte for byte, and returns what it printed."""
        with self.printed() as text:
            exec(compile(code, "<document>", "exec"), namespace)
        return text.getvalue()

    @contextlib.contextmanager
    def printed(self):
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            yield text

    def stored(self, key):
        """The value of a key, asked for in a body, where no client rewrites it; None if it is missing."""
        command = {"command": "kv.get", "payload": {"key": key}}
        answer = requests.post(f"{self.url}/api/v1/command", json=command).json()
        return answer["payload"]["value"]

    def _write(self, line):
        print(json.dumps(line), file=self._out, flush=True)


def brief(value):
    text = repr(value)
    return text if len(text) <= 200 else text[:200] + "…"
