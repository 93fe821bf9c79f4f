"""Input that nobody wrote by hand: bytes that are no text, enormous and deep files, trees that change or deny."""

import os
import resource
import subprocess
import threading
import unittest

from detoy_runner import DETOY, SHOP, DetoyTest

NESTED = 100_000
NESTS = {
    "deep.ts": "let x: any = " + "[" * NESTED + "]" * NESTED + ";\n",
    "calls.ts": "f(" * NESTED + ")" * NESTED + ";\n",
    "blocks.js": "{" * NESTED + "}" * NESTED + "\n",
    "functions.js": "function a(){" * NESTED + "}" * NESTED + "\n",
    "element.tsx": "const x = " + "<a>" * NESTED + "</a>" * NESTED + ";\n",
    "deep.py": "x = " + "[" * NESTED + "]" * NESTED + "\n",
    "calls.py": "f(" * NESTED + ")" * NESTED + "\n",
    "operators.py": "x = " + "not " * NESTED + "True\n",
    "lambdas.py": "x = " + "lambda: " * NESTED + "1\n",
    "deep.rs": "fn main() { let x = " + "(" * NESTED + ")" * NESTED + "; }\n",
    "blocks.rs": "fn main() " + "{" * NESTED + "}" * NESTED + "\n",
    "types.rs": "static X: " + "Vec<" * NESTED + "u8" + ">" * NESTED + " = 1;\n",
    "macro.rs": "fn main() { m!" + "(" * NESTED + ")" * NESTED + "; }\n",
    "unclosed.ts": "(" * NESTED,
    "unclosed.py": "{" * NESTED,
    "unclosed.rs": "mod a {" * NESTED,
    "chain.js": "x" + ".a()" * NESTED + ";\n",
    "sum.py": "x = 1" + " + 1" * NESTED + "\n",
    "else.js": "if (a) b();" + " else if (a) b();" * NESTED + "\n",
}


class HostileInput(DetoyTest):
    """The shop beside the hostile file is always read; what is left out is warned of."""

    def setUp(self):
        super().setUp()
        self.write(SHOP)

    def orders_are_found(self, *arguments, **options):
        document = self.inventory(*arguments, **options)
        self.assertIn("orders", [s["name"] for s in document["sites"]])
        return document

    def warned(self, document):
        return {w["path"] for w in document["warnings"]}

    def test_invalid_utf8(self):
        self.write({"latin1.py": "# caf\xe9\nusers = {}\n".encode("latin-1"), "bad.js": b"const a = '\xff\xfe\xc0\x80';\n",
                    "bad.rs": b"// \xed\xa0\x80\nfn main() {}\n"})
        self.orders_are_found()
        for form in ("text", "markdown"):
            self.scan("--format", form, "--all").stdout.decode("utf-8")

    def test_invalid_utf8_in_the_line_of_a_site(self):
        text = SHOP["server.js"].encode().replace(b"new Map();\n", b"new Map(); // caf\xe9\n", 1)
        self.write({"server.js": text})
        self.orders_are_found()

    def test_nul_bytes(self):
        self.write({"nul.js": b"const a = 1;\0\0\0const b = new Map();\n", "nul.py": b"\0" * 4096, "nul.rs": b"fn main() {\0}\n"})
        self.orders_are_found()

    def test_byte_order_marks(self):
        self.write({"server.js": b"\xef\xbb\xbf" + SHOP["server.js"].encode()})
        self.orders_are_found()
        self.write({"utf16.js": SHOP["server.js"].encode("utf-16")})
        self.orders_are_found()

    def test_windows_line_ends(self):
        self.write({"server.js": SHOP["server.js"].replace("\n", "\r\n")})
        site = next(s for s in self.orders_are_found()["sites"] if s["name"] == "orders")
        self.assertEqual(site["line"], 3)
        self.assertFalse(any("\r" in e["snippet"] for e in site["evidence"]))

    def test_empty_files(self):
        self.write({"empty.ts": "", "empty.py": "", "empty.rs": "", "package-lock.json": "", "tsconfig.json": "", "Cargo.toml": ""})
        self.orders_are_found()

    def test_broken_manifests(self):
        for name, text in {"a/package.json": '{"name": [', "b/pyproject.toml": "[project\nname=", "c/Cargo.toml": "= = =",
                           "d/tsconfig.json": "{ // no end", "docker-compose.yml": "services: [}", "e/setup.cfg": "[[[["}.items():
            self.write({name: text, os.path.join(os.path.dirname(name), "m.py"): "x = 1\n"})
        self.orders_are_found()

    def test_a_line_of_50_megabytes(self):
        with open(self.folder / "bundle.js", "wb") as file:
            for _ in range(50):
                file.write(b"var a=[1,2,3];" * (1024 * 1024 // 14))
        self.assertIn("bundle.js", self.warned(self.orders_are_found()))

    def test_nesting_of_100_000(self):
        # Threads have small stacks in some containers, so the default one is not taken for granted.
        limit = lambda: resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, resource.RLIM_INFINITY))
        for name, text in NESTS.items():
            with self.subTest(name):
                self.write({name: text})
                done = subprocess.run([DETOY, "scan", self.folder, "--no-cache", "--format", "json"], capture_output=True,
                                      preexec_fn=limit, timeout=60, check=False)
                self.assertEqual(done.returncode, 0, done.stderr[-500:])
                self.assertIn(b'"orders"', done.stdout)
                (self.folder / name).unlink()

    def test_symlinks_that_lead_in_circles(self):
        (self.folder / "a").mkdir()
        (self.folder / "a/self").symlink_to(self.folder)
        (self.folder / "a/up").symlink_to("..")
        (self.folder / "loop1.js").symlink_to("loop2.js")
        (self.folder / "loop2.js").symlink_to("loop1.js")
        (self.folder / "dangling.py").symlink_to("/nowhere/at/all.py")
        document = self.orders_are_found()
        self.assertEqual([s["path"] for s in document["sites"] if s["name"] == "orders"], ["server.js"])

    def test_symlink_out_of_the_folder_is_not_followed(self):
        self.write({"secret.js": SHOP["server.js"].replace("orders", "accounts")}, self.cache)
        (self.folder / "out.js").symlink_to(self.cache / "secret.js")
        (self.folder / "outside").symlink_to(self.cache)
        self.assertNotIn("accounts", [s["name"] for s in self.orders_are_found()["sites"]])

    def test_special_files_are_not_opened(self):
        os.mkfifo(self.folder / "pipe.js")
        (self.folder / "zero.py").symlink_to("/dev/zero")
        self.orders_are_found()

    def test_file_and_folder_that_may_not_be_read(self):
        self.write({"closed.js": SHOP["server.js"], "locked/inner.js": SHOP["server.js"]})
        os.chmod(self.folder / "closed.js", 0)
        os.chmod(self.folder / "locked", 0)
        self.addCleanup(os.chmod, self.folder / "locked", 0o755)
        command = [DETOY, "scan", str(self.folder), "--no-cache", "--format", "json"]
        if os.geteuid() == 0:
            # Root may read everything. Another user may not.
            os.chmod(self.folder, 0o755)
            os.chmod(self.folder / "server.js", 0o644)
            command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if "setpriv" in done.stderr or "ermission denied" in done.stderr and done.returncode == 127:
            self.skipTest("no other user can run the binary: " + done.stderr.strip())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('"orders"', done.stdout)
        self.assertIn("closed.js", done.stdout)
        self.assertIn('"locked"', done.stdout.replace("locked/", "locked"))

    def test_nothing_can_be_read(self):
        if os.geteuid() == 0:
            self.skipTest("root may read everything")
        os.chmod(self.folder, 0)
        self.addCleanup(os.chmod, self.folder, 0o755)
        self.one_line_error(self.run_detoy("scan", self.folder), 3)

    def test_files_that_come_and_go_during_the_scan(self):
        self.write({f"d{i % 20}/f{i}.js": SHOP["server.js"] for i in range(400)})
        stop = threading.Event()

        def churn():
            while not stop.is_set():
                for i in range(0, 400, 2):
                    path = self.folder / f"d{i % 20}/f{i}.js"
                    path.unlink(missing_ok=True)
                    path.write_text("const x = 1;\n")

        thread = threading.Thread(target=churn)
        thread.start()
        try:
            for _ in range(5):
                self.orders_are_found("--no-cache")
        finally:
            stop.set()
            thread.join()

    def test_hostile_git_folder(self):
        self.write({".git/HEAD": "ref: refs/heads/../../../../etc/passwd\n", ".git/config": "[core\n", ".gitignore": "[[[\n\\\n!\n/\n**\\\n"})
        self.orders_are_found()
        self.write({".git/HEAD": b"\0\xff" * 5000})
        self.orders_are_found()

    def test_patterns_do_not_explode(self):
        self.write({".gitignore": "a*" * 60 + "b\n" + "**/" * 60 + "x\n", "a" * 200 + ".js": "let a = 1;\n"})
        self.orders_are_found(timeout=20)

    def test_long_and_odd_names(self):
        self.write({"n" * 240 + ".js": "let a = 1;\n", "-rf.js": "let a = 1;\n", "spaces and 'quotes'.py": "a = 1\n",
                    "/".join(["d"] * 200) + "/x.rs": "fn main() {}\n"})
        self.orders_are_found()


if __name__ == "__main__":
    unittest.main()
