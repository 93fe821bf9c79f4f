"""What a scan prints, in each format, and the status that it ends with."""

import os
import pty
import select
import subprocess
import sys
import unittest

from detoy_runner import CLEAN, DETOY, SHOP, SOURCE, DetoyTest

ESCAPE = b"\x1b"


class ExitStatus(DetoyTest):
    def test_toys_alone_are_no_failure(self):
        self.write(SHOP)
        self.scan(status=0)

    def test_fail_on_a_risk_that_stands(self):
        self.write(SHOP)
        for risk in ("low", "medium", "high", "critical"):
            self.scan("--fail-on", risk, status=1)

    def test_fail_on_without_toys(self):
        self.write(CLEAN)
        self.scan("--fail-on", "low", status=0)

    def test_fail_on_a_risk_above_all_toys(self):
        self.write({"package.json": SHOP["package.json"], "server.js": """
const express = require('express');
const rateLimit = require('express-rate-limit');
const app = express();
app.use(rateLimit({ windowMs: 60000, max: 100 }));
app.listen(3000);
"""})
        toys = [s for s in self.inventory()["sites"] if s["verdict"] == "toy"]
        self.assertEqual([s["kind"] for s in toys], ["rate_limit"])
        self.assertNotEqual(toys[0]["risk"], "critical")
        self.scan("--fail-on", "critical", status=0)
        self.scan("--fail-on", toys[0]["risk"], status=1)

    def test_the_report_is_printed_even_if_a_toy_stands(self):
        self.write(SHOP)
        self.assertIn(b"orders", self.scan("--fail-on", "low", status=1).stdout)

    def test_wrong_arguments(self):
        for arguments in ([], ["scna"], ["scan", "--format", "xml"], ["scan", "--fail-on", "much"], ["scan", "--unknown"],
                          ["scan", "a", "b"], ["scan", "--threads", "0"]):
            done = self.run_detoy(*arguments)
            self.assertEqual(done.returncode, 2, (arguments, done.stderr))
            self.assertTrue(done.stderr or done.stdout, arguments)

    def test_help_and_version_are_no_failure(self):
        for arguments in (["--help"], ["scan", "--help"], ["--version"]):
            done = self.run_detoy(*arguments)
            self.assertEqual(done.returncode, 0)
            self.assertTrue(done.stdout)

    def test_missing_path(self):
        message = self.one_line_error(self.run_detoy("scan", self.folder / "nowhere"), 3)
        self.assertIn("nowhere", message)

    def test_empty_folder(self):
        done = self.scan(status=0)
        self.assertTrue(done.stdout)
        self.assertEqual(self.inventory()["sites"], [])

    def test_folder_without_sources(self):
        self.write({"README.md": "hello\n", "image.png": b"\x89PNG"})
        self.assertEqual(self.inventory()["summary"]["files"], 0)

    def test_output_that_cannot_be_written(self):
        self.write(SHOP)
        self.assertIn("/nowhere/report", self.one_line_error(
            self.run_detoy("scan", self.folder, "-o", "/nowhere/report"), 2))

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full")
    def test_standard_output_that_is_full(self):
        self.write(SHOP)
        with open("/dev/full", "wb") as full:
            done = subprocess.run([DETOY, "scan", self.folder, "--no-cache"], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"cannot be written", done.stderr)

    def test_reader_that_closes_early(self):
        self.write(SHOP)
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([DETOY, "scan", self.folder, "--no-cache"], stdout=writer, stderr=subprocess.PIPE, check=False)
        os.close(writer)
        self.assertIn(done.returncode, (2, -13), done.stderr)  # an error, or SIGPIPE as other tools end

    def test_default_path_is_the_working_directory(self):
        self.write(SHOP)
        self.assertIn(b"orders", self.run_detoy("scan", cwd=self.folder).stdout)

    def test_a_file_instead_of_a_folder(self):
        self.write({"app.py": "from fastapi import FastAPI\napp = FastAPI()\nusers = {}\n\n"
                              "@app.post('/users')\ndef add(name: str):\n    users[name] = 1\n"})
        done = self.run_detoy("scan", self.folder / "app.py")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"users", done.stdout)


class Json(DetoyTest):
    def validate(self, folder):
        target = self.cache / "inventory.json"
        done = self.run_detoy("scan", folder, "--format", "json", "-o", target)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, b"")
        checked = subprocess.run(
            [sys.executable, SOURCE / "tests/validate_inventory.py", SOURCE / "docs/inventory.schema.json", target],
            capture_output=True, text=True, check=False)
        self.assertEqual(checked.returncode, 0, f"{folder}: {checked.stderr}")

    def test_is_as_the_schema_says(self):
        self.write(SHOP)
        self.validate(self.folder)

    def test_is_as_the_schema_says_for_every_language(self):
        for language in ("typescript", "javascript", "python", "rust"):
            self.validate(SOURCE / "tests/fixtures" / language)

    def test_of_hostile_names_is_as_the_schema_says(self):
        self.write({"package.json": SHOP["package.json"], "a\n\"b\\\x1b[31m.js": SHOP["server.js"],
                    "\u202etxt.js": SHOP["server.js"]})
        os.rename(self.folder / "\u202etxt.js", os.fsencode(self.folder) + b"/\xff\xfe.js")
        self.validate(self.folder)


class SameInputSameBytes(DetoyTest):
    def test_whatever_the_threads_and_the_cache(self):
        fixtures = SOURCE / "tests/fixtures"
        for form in ("json", "text", "markdown"):
            outputs = set()
            for arguments in (["--no-cache", "--threads", "1"], ["--no-cache", "--threads", "4"],
                              ["--threads", "1"], ["--threads", "4"], ["--threads", "4"]):
                done = self.run_detoy("scan", fixtures, "--format", form, *arguments)
                self.assertEqual(done.returncode, 0, done.stderr)
                outputs.add(done.stdout)
            self.assertEqual(len(outputs), 1, form)

    def test_ids_survive_line_moves(self):
        self.write(SHOP)
        before = {s["name"]: s["id"] for s in self.inventory()["sites"]}
        self.write({"server.js": "// A comment.\n\n\n" + SHOP["server.js"]})
        self.assertEqual({s["name"]: s["id"] for s in self.inventory()["sites"]}, before)


class Explain(DetoyTest):
    def setUp(self):
        super().setUp()
        self.write(SHOP)

    def test_tells_of_the_site(self):
        site = next(s for s in self.inventory()["sites"] if s["name"] == "orders")
        for wanted in (site["id"], site["id"][:8]):
            text = self.scan("--explain", wanted).stdout.decode()
            self.assertIn("orders", text)
            self.assertIn("server.js:3", text)

    def test_unknown_id_names_candidates(self):
        message = self.one_line_error(self.run_detoy("scan", self.folder, "--explain", "zzzz"), 2)
        self.assertIn("zzzz", message)
        self.assertIn("orders", message)

    def test_name_instead_of_an_id_finds_it_among_the_candidates(self):
        message = self.one_line_error(self.run_detoy("scan", self.folder, "--explain", "orders"), 2)
        site = next(s for s in self.inventory()["sites"] if s["name"] == "orders")
        self.assertIn(site["id"], message)

    def test_ambiguous_beginning_names_what_matches(self):
        self.write({f"part{i}.js": f"const {{ app }} = require('./server');\nconst users{i} = new Map();\n"
                                   f"app.post('/{i}', (req, res) => users{i}.set(req.body.id, req.body));\n" for i in range(24)})
        ids = [s["id"] for s in self.inventory()["sites"]]
        letter = next(c for c in "0123456789abcdef" if sum(i.startswith(c) for i in ids) > 1)
        message = self.one_line_error(self.run_detoy("scan", self.folder, "--explain", letter), 2)
        self.assertTrue(any(i in message for i in ids if i.startswith(letter)), message)

    def test_without_any_site(self):
        (self.folder / "server.js").unlink()
        self.one_line_error(self.run_detoy("scan", self.folder, "--explain", "ab12"), 2)


def on_a_terminal(command, environment):
    """What the command writes when standard output and error are a terminal."""
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update(environment)
        os.execv(command[0], command)
    output = b""
    while True:
        ready, _, _ = select.select([terminal], [], [], 60)
        try:
            part = os.read(terminal, 65536) if ready else b""
        except OSError:  # how Linux tells that the other side is closed
            part = b""
        if not part:
            break
        output += part
    os.close(terminal)
    os.waitpid(process, 0)
    return output


class Colour(DetoyTest):
    def setUp(self):
        super().setUp()
        self.write(SHOP)
        os.environ.pop("NO_COLOR", None)
        self.command = [DETOY, "scan", str(self.folder), "--no-cache"]

    def test_on_a_terminal(self):
        self.assertIn(ESCAPE, on_a_terminal(self.command, {"TERM": "xterm"}))

    def test_not_with_no_color(self):
        self.assertNotIn(ESCAPE, on_a_terminal(self.command, {"TERM": "xterm", "NO_COLOR": "1"}))

    def test_not_on_a_dumb_terminal(self):
        self.assertNotIn(ESCAPE, on_a_terminal(self.command, {"TERM": "dumb"}))

    def test_not_in_a_file_or_pipe(self):
        done = self.scan("--all", "--no-cache")
        self.assertNotIn(ESCAPE, done.stdout + done.stderr)

    def test_text_and_colour_say_the_same(self):
        import re
        coloured = on_a_terminal(self.command, {"TERM": "xterm"}).replace(b"\r\n", b"\n")
        plain = on_a_terminal(self.command, {"TERM": "dumb"}).replace(b"\r\n", b"\n")
        self.assertEqual(re.sub(rb"\x1b\[[0-9;]*[mK]", b"", coloured), plain)

    def test_escapes_of_the_code_do_not_reach_the_terminal(self):
        self.write({"evil\x1b[2J.js": SHOP["server.js"]})
        done = self.scan("--all", "--no-cache")
        self.assertNotIn(ESCAPE, done.stdout + done.stderr)
        markdown = self.scan("--format", "markdown", "--no-cache")
        self.assertNotIn(ESCAPE, markdown.stdout)


if __name__ == "__main__":
    unittest.main()
