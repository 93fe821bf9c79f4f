"""Running the binary in tests: temporary trees, its output, and a small shop that has toys of every sort of output."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ.get("DETOY_SOURCE", Path(__file__).resolve().parents[2]))
DETOY = os.environ.get("DETOY", str(SOURCE / "build/dev/src/cli/detoy"))

SHOP = {
    "package.json": '{"name": "shop", "main": "server.js", "dependencies": {"express": "1", "lodash": "4"}}\n',
    "server.js": """const express = require('express');
const app = express();
const orders = new Map();
const priceCache = new Map();
app.post('/orders/:id', (req, res) => {
  orders.set(req.params.id, req.body);
  res.status(201).end();
});
app.get('/prices/:sku', (req, res) => {
  if (!priceCache.has(req.params.sku)) priceCache.set(req.params.sku, req.params.sku.length * 2);
  res.json(priceCache.get(req.params.sku));
});
app.listen(3000);
""",
}
CLEAN = {"package.json": '{"name": "clean", "main": "main.js"}\n', "main.js": "console.log('hello');\n"}


class DetoyTest(unittest.TestCase):
    """Each test has an empty folder at self.folder, and a cache of its own."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="detoy-test-"))
        self.cache = Path(tempfile.mkdtemp(prefix="detoy-cache-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(shutil.rmtree, self.cache, ignore_errors=True)

    def write(self, files, folder=None):
        for name, text in files.items():
            path = (folder or self.folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def run_detoy(self, *arguments, environment=None, cwd=None, timeout=120):
        variables = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "XDG_CACHE_HOME")}
        variables.update({"XDG_CACHE_HOME": str(self.cache), "TERM": "xterm"}, **(environment or {}))
        return subprocess.run(
            [DETOY, *map(str, arguments)], capture_output=True, env=variables, cwd=cwd, timeout=timeout, check=False,
            stdin=subprocess.DEVNULL)

    def scan(self, *arguments, status=0, **options):
        """Scans self.folder; the finished process, whose exit status is checked."""
        done = self.run_detoy("scan", self.folder, *arguments, **options)
        self.assertEqual(done.returncode, status, done.stderr.decode(errors="replace"))
        return done

    def inventory(self, *arguments, **options):
        return json.loads(self.scan("--format", "json", *arguments, **options).stdout)

    def one_line_error(self, done, status):
        """The message of a failure: one line on standard error, nothing on standard output."""
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stdout, b"")
        message = done.stderr.decode()
        self.assertEqual(message.count("\n"), 1, message)
        return message
