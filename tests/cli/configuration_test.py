"""detoy.yaml, and suppressions in it and in comments."""

import unittest

from detoy_runner import SHOP, DetoyTest


class Suppressions(DetoyTest):
    def orders(self, **options):
        document = self.inventory(**options)
        return next(s for s in document["sites"] if s["name"] == "orders"), document

    def with_line_3(self, *lines):
        text = SHOP["server.js"].replace("const orders = new Map();", "\n".join(lines))
        self.write({**SHOP, "server.js": text})

    def test_comment_on_the_line(self):
        self.with_line_3("const orders = new Map(); // detoy: accept entity_store -- a demo, never deployed")
        site, document = self.orders()
        self.assertEqual(site["accepted_because"], "a demo, never deployed")
        self.assertEqual(document["summary"]["suppressed"], 1)
        self.scan("--fail-on", "low", status=0)

    def test_comment_on_the_line_above(self):
        self.with_line_3("/* detoy: accept entity_store -- a demo */", "const orders = new Map();")
        self.assertEqual(self.orders()[0]["accepted_because"], "a demo")

    def test_python_comment(self):
        self.write({"app.py": "from flask import Flask, request\napp = Flask(__name__)\n"
                              "users = {}  # detoy: accept entity_store -- a demo\n\n"
                              "@app.post('/users')\ndef add():\n    users[request.json['id']] = request.json\n    return ''\n"})
        site = next(s for s in self.inventory()["sites"] if s["name"] == "users")
        self.assertEqual(site["accepted_because"], "a demo")

    def test_comment_without_a_reason_suppresses_nothing(self):
        self.with_line_3("const orders = new Map(); // detoy: accept entity_store")
        site, document = self.orders()
        self.assertEqual(site["accepted_because"], "")
        self.assertEqual([(w["path"], w["line"]) for w in document["warnings"]], [("server.js", 3)])

    def test_comment_of_another_kind_suppresses_nothing(self):
        self.with_line_3("const orders = new Map(); // detoy: accept cache -- it is one, is it not")
        site, document = self.orders()
        self.assertEqual(site["accepted_because"], "")
        self.assertEqual(len(document["warnings"]), 1)

    def test_words_in_a_string_suppress_nothing(self):
        self.with_line_3('const orders = new Map([["detoy: accept entity_store -- x", 1]]);')
        self.assertEqual(self.orders()[0]["accepted_because"], "")

    def test_detoy_yaml(self):
        self.write({**SHOP, "detoy.yaml": "suppressions:\n  - path: server.js\n    name: orders\n    kind: entity_store\n"
                                          "    reason: moved to PostgreSQL in April\n"})
        self.assertEqual(self.orders()[0]["accepted_because"], "moved to PostgreSQL in April")
        self.scan("--fail-on", "low", status=0)

    def test_path_of_a_suppression_may_be_a_folder(self):
        shop = {"src/" + name: text for name, text in SHOP.items() if name == "server.js"}
        rest = {name: text for name, text in SHOP.items() if name != "server.js"}
        self.write({**rest, **shop, "detoy.yaml": "suppressions:\n  - path: src/\n    reason: a demo\n"})
        sites = [s for s in self.inventory()["sites"] if s["path"] == "src/server.js" and s["verdict"] == "toy"]
        self.assertTrue(sites)
        self.assertEqual({s["accepted_because"] for s in sites}, {"a demo"})

    def test_suppressed_sites_are_shown_on_request(self):
        self.with_line_3("const orders = new Map(); // detoy: accept entity_store -- a demo of suppressions")
        self.assertIn(b"a demo of suppressions", self.scan("--all").stdout)


class Configuration(DetoyTest):
    def broken(self, text, *phrases):
        self.write({**SHOP, "detoy.yaml": text})
        done = self.run_detoy("scan", self.folder)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, b"")
        message = done.stderr.decode()
        for phrase in phrases:
            self.assertIn(phrase, message)

    def test_broken_yaml_names_file_and_line(self):
        self.broken("paths:\n  exclude: [a\nroles: {", "detoy.yaml:")

    def test_unknown_key_names_file_and_line(self):
        self.broken("paths:\n  exclude: []\nsupressions: []\n", "detoy.yaml:3", "supressions")

    def test_unknown_kind_names_file_and_line(self):
        self.broken("suppressions:\n  - name: orders\n    kind: entitystore\n    reason: x\n", "detoy.yaml:3", "entitystore")

    def test_suppression_without_a_reason(self):
        self.broken("suppressions:\n  - name: orders\n", "detoy.yaml:2", "reason")

    def test_suppression_of_everything(self):
        self.broken("suppressions:\n  - reason: none of your business\n", "detoy.yaml:2")

    def test_unknown_role(self):
        self.broken("roles:\n  'scripts/**': toool\n", "detoy.yaml:2", "toool")

    def test_not_text(self):
        self.broken(b"\x00\xff\xfe\x80", "detoy.yaml")

    def test_deep_nesting(self):
        self.broken("[" * 100000, "detoy.yaml")

    def test_missing_file_of_config_option(self):
        self.write(SHOP)
        message = self.one_line_error(self.run_detoy("scan", self.folder, "--config", self.folder / "none.yaml"), 2)
        self.assertIn("none.yaml", message)

    def test_config_of_another_place(self):
        self.write(SHOP)
        self.write({"my.yaml": "paths:\n  exclude: [server.js]\n"}, self.cache)
        self.assertEqual(self.inventory("--config", self.cache / "my.yaml")["sites"], [])

    def test_empty_file(self):
        self.write({**SHOP, "detoy.yaml": ""})
        self.assertTrue(self.inventory()["sites"])

    def test_excluded_paths_and_roles(self):
        self.write({**SHOP, "detoy.yaml": "roles:\n  server.js: tool\n"})
        self.assertEqual(self.inventory()["sites"], [])

    def test_policy(self):
        self.write({**SHOP, "detoy.yaml": "policy:\n  max_evidence: 1\n"})
        self.assertTrue(all(len(s["evidence"]) == 1 for s in self.inventory()["sites"]))


if __name__ == "__main__":
    unittest.main()
