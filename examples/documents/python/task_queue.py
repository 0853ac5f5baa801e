"""Tutorial 2: jobs are done by priority, those that fail come again, several workers share them."""

import json
import shutil
import subprocess
import threading
import time

import requests

from driver import Driver

driver = Driver()
[producer_code, worker_code] = driver.input["code"]
queue = f"{driver.url}/queue/background-jobs"

# Prelude: the tutorial's work takes time, and its worker waits a second when there is none. Here
# nothing takes time, and a worker that has nothing to do ends.
at_work = threading.local()


def sleep(seconds):
    if seconds == 1:
        at_work.worker().running = False


time.sleep = sleep


def stats():
    return requests.get(f"{queue}/stats").json()


def work(worker):
    """Has a worker do what there is; returns what it printed."""
    at_work.worker = lambda: worker
    worker.running = True
    with driver.printed() as text:
        worker.consume_loop()
    return text.getvalue()


worker_document = {}
at_work.worker = lambda: worker_document["worker"]
printed = driver.run(worker_code, worker_document)
driver.check("its worker waits at a queue that nobody created", printed, "")
requests.delete(queue)

producer_document = {}
driver.run(producer_code, producer_document)
driver.check("its producer publishes to a queue that nobody created", stats()["depth"], 2)

if shutil.which("curl") is None:
    driver.note("there is no curl to create the queue with")
else:
    created = subprocess.run(
        ["bash", "-euc", driver.input["create"]], capture_output=True, check=True, text=True
    )
    driver.check(
        "its curl creates the queue, which adopts the settings",
        json.loads(created.stdout),
        {"queue": "background-jobs", "created": False},
    )

producer = producer_document["producer"]
printed = driver.run(worker_code, worker_document)
worker = worker_document["worker"]
lines = [line for line in printed.splitlines() if not line.startswith("✓")]
driver.check(
    "its worker does both jobs",
    [lines, printed.count("✓ Processed job"), stats()["depth"], stats()["in_flight"]],
    [["Sending email to user@example.com", "Resizing image img_123"], 2, 0, 0],
)


def email(to):
    return {"to": to, "subject": "Hi", "body": "…"}


def sent(printed):
    return [line.split()[-1] for line in printed.splitlines() if line.startswith("Sending")]


for to, priority in [("low", 1), ("first", 5), ("second", 5), ("high", 9)]:
    producer.submit_job("send_email", email(to), priority)
driver.check(
    "priority 9 comes before 5, and 5 in order before 1",
    sent(work(worker)),
    ["high", "first", "second", "low"],
)

published = producer.submit_job("send_email", email("ann"))
driver.check("publish answers the id and the position", sorted(published), ["message_id", "position"])
[first, second] = [worker.consume_job(), worker.consume_job()]
driver.check("a job in somebody's hands is nobody else's", second, None)
driver.check("its id is the one that publish answered", first["message_id"], published["message_id"])
worker.nack(first["message_id"])
again = worker.consume_job()
driver.check(
    "a job that is refused comes again, as another delivery of the same message",
    [again["id"], again["retry_count"], again["message_id"] != first["message_id"]],
    [first["id"], 1, True],
)
late = requests.post(f"{queue}/ack", json={"message_id": first["message_id"]})
driver.check(
    "a late ack of the first delivery does not take it away",
    [late.status_code, late.json()["error"]["code"], stats()["in_flight"]],
    [404, "MESSAGE_NOT_FOUND", 1],
)
worker.ack(again["message_id"])
driver.check("its own ack does", stats()["in_flight"], 0)

document_send_email = worker.send_email
failures = [Exception("the mailer is down")]


def failing_once(data):
    if failures:
        raise failures.pop()
    document_send_email(data)


worker.send_email = failing_once
job = producer.submit_job("send_email", email("bob"))["message_id"]
printed = work(worker)
driver.check(
    "a worker that fails and nacks gets the job again",
    [printed.startswith(f"✗ Error processing {job}: the mailer is down\n"), sent(printed)],
    [True, ["bob"]],
)

del worker.send_email
producer.submit_job("send_email", {"subject": "to nobody"})
printed = work(worker)
dead = requests.get(f"{queue}/dead").json()["items"]
driver.check(
    "a job that always fails is tried four times, then it is a dead letter",
    [printed.count("✗ Error processing"), [letter["reason"] for letter in dead]],
    [4, ["max_retries"]],
)

texts = ["grüße 💚", '"quotes" and \\', "two\nlines", "x" * 200_000]
for text in texts:
    producer.submit_job("send_email", email(text))
received = []
worker.send_email = lambda data: received.append(data["to"])
work(worker)
driver.check("any text comes back as it was", received, texts)
del worker.send_email

# Each with a session of its own, as processes would be.
done = []
workers = [worker_document["JobWorker"](driver.url, f"worker-{number}") for number in range(3)]
for number in range(60):
    producer.submit_job("send_email", email(str(number)))


def work_beside(own):
    at_work.worker = lambda: own
    own.send_email = lambda data: done.append(data["to"])
    own.consume_loop()


threads = [threading.Thread(target=work_beside, args=[own]) for own in workers]
with driver.printed():
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
driver.check(
    "three workers at once do sixty jobs, each once",
    [sorted(done, key=int), stats()["depth"], stats()["in_flight"]],
    [[str(number) for number in range(60)], 0, 0],
)
