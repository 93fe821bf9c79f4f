"""`detoy backup` and `detoy restore` as operators run them."""

import pathlib
import subprocess
import tempfile
import unittest

from serve_test import DETOY, TAKE, Server, detoy


class Backup(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def start(self, *arguments):
        server = Server(self.folder, *arguments)
        self.addCleanup(lambda: server.process.poll() is None and server.kill())
        return server

    def refused(self, status, told, *arguments):
        done = detoy(*arguments, folder=self.folder)
        self.assertEqual(done.returncode, status, (arguments, done.stderr))
        lines = done.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        self.assertTrue(lines[0].startswith("detoy: "), lines)
        self.assertIn(told, lines[0])

    def test_a_store_in_use_is_backed_up_and_another_goes_on_with_it(self):
        server = self.start()
        key = server.new_key()
        job = server.call(key, "job/enqueue", {"queue": "mail", "payload": "hello"})[1]["id"]
        left = server.call(key, "rate_limit/take", TAKE)[1]["verdicts"][0]["remaining"]
        made = detoy("backup", "saved.db", folder=self.folder)
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        self.assertRegex(made.stdout, r"^saved\.db: \d+ rows of sqlite:detoy\.db\n$")
        server.kill()

        done = detoy("restore", "saved.db", "--store", "sqlite:other.db", folder=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        other = self.start("--store", "sqlite:other.db")
        # With the keys of the first.
        claimed = other.call(key, "job/claim", {"queue": "mail", "worker": "w", "lease_ms": 1000})[1]["jobs"]
        self.assertEqual([(j["id"], j["payload"]) for j in claimed], [(job, "hello")])
        self.assertEqual(other.call(key, "rate_limit/take", TAKE)[1]["verdicts"][0]["remaining"], left - 1)
        self.assertEqual(other.stop(), 0)

    def test_nothing_is_overwritten_and_nothing_strange_is_restored(self):
        self.refused(3, "sqlite:detoy.db", "backup", "saved.db")
        server = self.start()
        server.new_key()
        self.assertEqual(detoy("backup", "saved.db", folder=self.folder).returncode, 0)
        before = (self.folder / "saved.db").read_bytes()
        self.refused(3, "saved.db", "backup", "saved.db")
        self.refused(3, "no/such/folder", "backup", "no/such/folder/saved.db")
        self.refused(2, "is not empty", "restore", "saved.db")
        self.refused(3, "missing.db", "restore", "missing.db", "--store", "sqlite:new.db")
        (self.folder / "notes.txt").write_text("no backup")
        self.refused(3, "notes.txt", "restore", "notes.txt", "--store", "sqlite:new.db")
        self.assertEqual((self.folder / "saved.db").read_bytes(), before)
        self.assertEqual(server.stop(), 0)

    def test_a_backup_that_is_killed_leaves_no_file_of_that_name(self):
        server = self.start()
        key = server.new_key()
        many = {"jobs": [{"queue": "mail", "payload": "x" * 1000}] * 1000}
        for _ in range(20):
            self.assertEqual(server.call(key, "job/enqueue_many", many)[0], 200)
        backup = subprocess.Popen([DETOY, "backup", "saved.db"], cwd=self.folder, stdout=subprocess.DEVNULL)
        while backup.poll() is None and not list(self.folder.glob("saved.db.*.part")):
            pass
        backup.kill()
        if backup.wait(timeout=60) != 0:
            self.assertFalse((self.folder / "saved.db").exists())
        again = detoy("backup", "again.db", folder=self.folder)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
