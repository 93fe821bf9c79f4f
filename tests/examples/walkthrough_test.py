"""docs/foundation/walkthrough.md: its code is that of examples/, its commands print what it says."""

import difflib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["DETOY_SOURCE"])
DETOY = os.environ["DETOY"]
END = "=== end of block"
PAGE = SOURCE / "docs" / "foundation" / "walkthrough.md"


def blocks():
    """(the words after the fence, the lines) of each block of code."""
    found = re.findall(r"^```(.+)\n((?:.*\n)*?)```$", PAGE.read_text(), re.MULTILINE)
    return [(info.split(), text.splitlines()) for info, text in found]


def lines_of(path):
    return (SOURCE / path).read_text().splitlines()


def is_part(part, whole):
    return any(whole[i : i + len(part)] == part for i in range(len(whole)))


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Walkthrough(unittest.TestCase):
    def test_its_code_is_that_of_the_examples(self):
        compared = 0
        for info, lines in blocks():
            if info[0] == "diff":
                before, after = map(lines_of, info[1:])
                diff = list(difflib.unified_diff(before, after, lineterm="", n=1))[2:]
                self.assertEqual(lines, diff, info)
            elif len(info) == 2:
                self.assertTrue(is_part(lines, lines_of(info[1])), (info, lines))
            else:
                self.assertIn(info[0], ("sh", "text"), "code without a file cannot be compared")
                continue
            compared += 1
        self.assertGreater(compared, 5)

    def test_its_commands_print_what_it_says(self):
        script, expected = [], []
        page = blocks()
        for (info, lines), (next_info, next_lines) in zip(page, page[1:] + [([""], [])]):
            if info == ["sh"]:
                script += [*lines, f"echo '{END}'"]
                expected.append(next_lines if next_info == ["text"] else [])
        a, b, detoy, warehouse = free_ports(4)
        commands = "\n".join(script).replace("3001", a).replace("3002", b)
        environment = {
            "PORT": warehouse,
            "WAREHOUSE_URL": f"http://127.0.0.1:{warehouse}",
            "DETOY_PORT": detoy,
            "DETOY_URL": f"http://127.0.0.1:{detoy}",
            "no_proxy": "127.0.0.1",
        }
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(SOURCE / "examples", pathlib.Path(folder) / "examples")
            os.symlink(DETOY, pathlib.Path(folder) / "detoy")
            bash = subprocess.Popen(
                ["bash", "-c", commands],
                cwd=folder,
                env=dict(os.environ, **environment),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            try:
                told, complaints = bash.communicate(timeout=200)
                left = (pathlib.Path(folder) / "out").exists()
            finally:
                # Also what it started, if it ended early.
                try:
                    os.killpg(bash.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        self.assertFalse(left, complaints)
        outputs = told.split(END + "\n")
        self.assertEqual(len(outputs), len(expected) + 1, told + complaints)
        for output, wanted in zip(outputs, expected):
            # "..." stands for lines that are left out.
            pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in wanted)
            self.assertRegex(output.rstrip() + "\n" if output else "", rf"\A{pattern}\Z", complaints)


class Scan(unittest.TestCase):
    """What the scan says of the examples."""

    def toys(self, folder):
        command = [DETOY, "scan", "--no-cache", "--format", "json", SOURCE / "examples" / folder]
        inventory = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        self.assertEqual([service["readiness"] for service in inventory["services"]],
                         ["stateful" if folder.endswith("before") else "ready"])
        return sorted((site["name"], site["kind"]) for site in inventory["sites"] if site["verdict"] == "toy")

    def test_it_finds_all_toys_before_and_none_after(self):
        in_python = [("orders", "entity_store"), ("queue", "queue"), ("windows", "rate_limit")]
        self.assertEqual(self.toys("fastapi/before"), in_python)
        self.assertEqual(self.toys("express/before"), sorted([*in_python, ("timer", "timer")]))
        self.assertEqual(self.toys("express/after"), [])
        self.assertEqual(self.toys("fastapi/after"), [])


if __name__ == "__main__":
    unittest.main()
