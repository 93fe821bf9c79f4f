"""README.md and docs/: their commands work, and print what is shown below them."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

DETOY = os.environ["DETOY"]
SOURCE = pathlib.Path(os.environ["DETOY_SOURCE"])

# A command, and what is said to be its output: "The output, with ... left out:" and a block.
COMMANDS = re.compile(r"```sh\n(.*?)```\n(?:\n(The output\b[^\n]*:)\n\n```text\n(.*?)```)?", re.DOTALL)


def documented():
    """Each block whose lines are all `./detoy scan ...`: file, command, the output that is shown or None."""
    for page in [SOURCE / "README.md", *sorted((SOURCE / "docs").glob("*.md"))]:
        for block in COMMANDS.finditer(page.read_text()):
            if all(line.startswith("./detoy scan ") for line in block[1].splitlines()):
                yield page.name, block[1], block[3]


class Documentation(unittest.TestCase):
    def run_in_clone(self, command):
        with tempfile.TemporaryDirectory(prefix="detoy-") as home:
            return subprocess.run(
                ["bash", "-c", command.replace("./detoy", DETOY)], cwd=SOURCE, text=True,
                capture_output=True, check=False, timeout=200, stdin=subprocess.DEVNULL,
                env={**os.environ, "HOME": home, "XDG_CACHE_HOME": home})

    def test_commands_work(self):
        commands = list(documented())
        self.assertGreaterEqual(len(commands), 5)
        for page, command, _ in commands:
            with self.subTest(page=page, command=command):
                done = self.run_in_clone(command)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_shown_outputs_are_what_is_printed(self):
        shown = [(page, command, output) for page, command, output in documented() if output]
        self.assertGreaterEqual(len(shown), 1)
        for page, command, output in shown:
            printed = self.run_in_clone(command).stdout
            rest = printed
            for part in re.split(r"^\.\.\.\n", output, flags=re.MULTILINE):
                with self.subTest(page=page, part=part):
                    self.assertIn(part.strip("\n"), rest)
                    rest = rest[rest.index(part.strip("\n")) + len(part.strip("\n")):]
            if not re.search(r"^\.\.\.$", output, flags=re.MULTILINE):
                self.assertEqual(output.strip(), printed.strip())


if __name__ == "__main__":
    unittest.main()
