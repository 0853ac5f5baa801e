"""What tutorials 5 and 7 use and leave to their reader: imports, and functions, which print their call."""

import asyncio
import json
import time

import requests
import websockets


def printing(name):
    """A function that prints its name and what it was called with."""

    def call(*args, **kwargs):
        print(name, json.dumps([*args, *kwargs.values()], ensure_ascii=False))

    return call


def save_to_db(user_id, items, total):
    return f"order-of-{user_id}"


MODULES = {
    "asyncio": asyncio,
    "json": json,
    "requests": requests,
    "time": time,
    "websockets": websockets,
}

TUTORIALS = {
    5: {
        **MODULES,
        "save_to_db": save_to_db,
        "decrease_stock": printing("decrease_stock"),
        "send_shipping_notification": printing("send_shipping_notification"),
    },
    7: {
        **MODULES,
        "send_welcome_email": printing("send_welcome_email"),
        "send_reset_email": printing("send_reset_email"),
        "send_slack_alert": printing("send_slack_alert"),
        "track_event": printing("track_event"),
    },
}
