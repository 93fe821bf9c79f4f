"""Dashboard and alert rules speak of what /metrics answers, and docs/operating.md of the same thresholds."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

import yaml
from servers import DETOY, Process, until

SOURCE = pathlib.Path(os.environ["DETOY_SOURCE"])
RULES = SOURCE / "ops" / "prometheus" / "detoy.rules.yml"
DASHBOARD = SOURCE / "ops" / "grafana" / "detoy.json"
PAGE = SOURCE / "docs" / "operating.md"
# What Prometheus adds by itself.
ADDED_METRICS = {"up"}
ADDED_LABELS = {"job", "instance"}


def rules():
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def panels():
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row"]


def expressions():
    from_panels = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [rule["expr"] for rule in rules()] + from_panels


def selectors(expression):
    """(metric, [(label, operator, value)]) of each selector."""
    for metric, matchers in re.findall(r"\b(up|detoy_\w+)(?:\{([^}]*)\})?", expression):
        yield metric, re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', matchers)


def promtool():
    own = SOURCE / "build" / "tools" / "promtool"
    return shutil.which("promtool") or (str(own) if own.exists() else None)


class Monitoring(unittest.TestCase):
    def answered(self):
        """Metrics of a server that had calls and a store that was locked for a while: labels and values by name."""
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        folder = pathlib.Path(temporary.name)
        add = subprocess.run([DETOY, "keys", "add", "test"], cwd=folder, capture_output=True, text=True, check=True)
        # Of Redis, which is not there, breakers only, so that all others use the store.
        away = ["--redis", f"unix:{folder}/away", "--redis-keeps", "breaker", "--webhooks-to-private-addresses", "yes"]
        server = Process([DETOY, "serve", "--port", "0", *away], folder / "detoy.log", folder)
        self.addCleanup(server.kill)
        headers = {"Authorization": "Bearer " + add.stdout.strip()}
        server.call("GET", "/readyz")
        for call in ("job/enqueue", "lock/acquire", "rate_limit/take"):
            server.call("POST", "/v1/" + call, {}, headers)
        job = {"queue": "mail", "payload": "hello", "keep_ms": 0}
        self.assertEqual(server.call("POST", "/v1/job/enqueue", job, headers)[0], 200)
        claim = {"queue": "mail", "worker": "w", "lease_ms": 60000}
        held = server.call("POST", "/v1/job/claim", claim, headers)[2]["jobs"][0]
        done = {"id": held["id"], "token": held["token"]}
        self.assertEqual(server.call("POST", "/v1/job/complete", done, headers)[0], 200)
        breaker = {"name": "payments"}
        self.assertEqual(server.call("POST", "/v1/breaker/ask", breaker, headers)[0], 200)
        events = {"topic": "orders", "events": [{"source": "/shop", "type": "t", "id": "1", "data": "x"}]}
        self.assertEqual(server.call("POST", "/v1/event/publish", events, headers)[0], 200)
        # Nothing listens there.
        hook = {"name": "billing", "topic": "orders", "url": "http://127.0.0.1:1/", "start": "earliest"}
        self.assertEqual(server.call("POST", "/v1/webhook/create", hook, headers)[0], 200)
        until(lambda: "detoy_webhook_deliveries_total{" in server.call("GET", "/metrics")[2])
        # The upkeep forgets the job, so there are changes to count.
        until(lambda: "detoy_upkeep_changes_total{" in server.call("GET", "/metrics")[2])
        with contextlib.closing(sqlite3.connect(folder / "detoy.db", isolation_level=None)) as store:
            store.execute("BEGIN IMMEDIATE")
            self.assertEqual(server.call("POST", "/v1/job/enqueue", job, headers)[0], 503)
            until(lambda: re.search(r'upkeep_runs_total{[^}]*"failed"', server.call("GET", "/metrics")[2]))
        metrics = {}
        for line in server.call("GET", "/metrics")[2].splitlines():
            found = re.match(r"(\w+)(?:\{(.*)\})? ", line)
            if found and not line.startswith("#"):
                labels = metrics.setdefault(found.group(1), {})
                for label, value in re.findall(r'(\w+)="([^"]*)"', found.group(2) or ""):
                    labels.setdefault(label, set()).add(value)
        return metrics

    def test_dashboard_and_rules_name_what_there_is(self):
        metrics = self.answered()
        self.assertGreater(len(expressions()), 20)
        for expression in expressions():
            found = list(selectors(expression))
            self.assertTrue(found, expression)
            labels = set(ADDED_LABELS)
            for metric, matchers in found:
                if metric in ADDED_METRICS:
                    continue
                self.assertIn(metric, metrics, expression)
                labels.update(metrics[metric])
                for label, operator, value in matchers:
                    self.assertIn(label, ADDED_LABELS | set(metrics[metric]), expression)
                    # A value that never comes is an alert that never fires, unless it is left out. 500 is a defect, which cannot be had here.
                    if label in ADDED_LABELS or operator in ("=~", "!~", "!=") or value == "500":
                        continue
                    self.assertIn(value, metrics[metric][label], expression)
            for group in re.findall(r"\bby \(([^)]*)\)", expression):
                self.assertLessEqual(set(re.split(r", *", group)), labels, expression)

    def test_the_page_tells_the_thresholds_of_the_rules(self):
        sections = dict(re.findall(r"^### (\w+)\n\n(.*?)(?=^### |\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL))
        self.assertEqual(list(sections), [rule["alert"] for rule in rules()])
        for rule in rules():
            section = sections[rule["alert"]]
            threshold = re.search(r"[<>] [0-9.]+$", rule["expr"].strip()).group()
            told = re.match(r"`([<>] [0-9.]+)` .*`for: (\w+)`; `(\w+)`\.", section)
            self.assertTrue(told, section)
            self.assertEqual(told.groups(), (threshold, rule["for"], rule["labels"]["severity"]), rule["alert"])
            self.assertEqual(rule["annotations"]["runbook_url"], "docs/operating.md#" + rule["alert"].lower())
            self.assertIn("\n- Why: ", section)
            self.assertIn("\n- Do: ", section)

    def test_prometheus_understands_them_and_they_fire_when_they_shall(self):
        tool = promtool()
        if not tool:
            self.skipTest("promtool is not installed")
        with tempfile.TemporaryDirectory() as folder:
            # What Grafana puts in.
            asked = [expression.replace("$__rate_interval", "5m") for expression in expressions()]
            recorded = [{"record": f"asked_{i}", "expr": expression} for i, expression in enumerate(asked)]
            written = pathlib.Path(folder) / "dashboard.yml"
            written.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": recorded}]}))
            tests = SOURCE / "tests" / "examples" / "detoy.rules.test.yml"
            for command in (["check", "rules", RULES], ["check", "rules", written], ["test", "rules", tests]):
                done = subprocess.run([tool, *command], capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        tested = yaml.safe_load(tests.read_text())["tests"]
        fired = {one["alertname"] for test in tested for one in test["alert_rule_test"] if one.get("exp_alerts")}
        self.assertEqual(fired, {rule["alert"] for rule in rules()})


if __name__ == "__main__":
    unittest.main()
