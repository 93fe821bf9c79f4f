#!/usr/bin/env python3
"""Runs clang-tidy over the sources that a build folder compiles, in parallel, and remembers which were clean.

usage: tidy.py BUILD_FOLDER [--all-checks]

The static analyzer costs more than everything else together. So all sources but the tests are checked without it, and
those that changed since origin/main with it (the first MOST_DEEP of them). --all-checks runs all checks on all sources.

A source is not checked again as long as its text, its command, the project's headers that it includes (as ninja knows
them), and .clang-tidy are the same: build/tidy/ has a stamp for each such state.
"""

import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

TIDY = "clang-tidy-19"
WITHOUT_ANALYZER = "-clang-analyzer-*"
MOST_DEEP = 24
ROOT = Path(__file__).resolve().parent.parent


def run(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def headers_of(build):
    """For each object file the files of the project that it was compiled from."""
    found, current = {}, None
    for line in run("ninja", "-C", str(build), "-t", "deps").stdout.splitlines():
        if line and not line.startswith(" "):
            current = found.setdefault(line.split(":")[0], [])
        elif line.strip() and current is not None:
            path = os.path.normpath(build / line.strip())
            if path.startswith(f"{ROOT}/") and "/node_modules/" not in path:
                current.append(path)
    return found


def changed_since_main():
    base = run("git", "merge-base", "HEAD", "origin/main")
    if base.returncode != 0:
        return None
    names = run("git", "diff", "--name-only", "-z", base.stdout.strip(), "--").stdout.split("\0")
    names += run("git", "ls-files", "--others", "--exclude-standard", "-z").stdout.split("\0")
    return {str(ROOT / name) for name in names if name}


def digest(path, cache={}):
    if path not in cache:
        cache[path] = hashlib.sha256(Path(path).read_bytes()).digest()
    return cache[path]


def check(job):
    file, build, deep, stamp = job
    command = [TIDY, "-p", str(build), "--quiet", "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-deprecated-declarations"]
    if not deep:
        command.append(f"--checks={WITHOUT_ANALYZER}")
    done = run(*command, file)
    if done.returncode == 0:
        stamp.touch()
        return None
    return done.stdout or done.stderr


def main(arguments):
    if not arguments or set(arguments[1:]) - {"--all-checks"}:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    build = Path(arguments[0]).resolve()
    everything = "--all-checks" in arguments
    stamps = ROOT / "build" / "tidy"
    stamps.mkdir(parents=True, exist_ok=True)
    version = run(TIDY, "--version").stdout
    headers = headers_of(build)
    changed = changed_since_main()
    commands = json.loads((build / "compile_commands.json").read_text())
    own = [c for c in commands if c["file"].startswith((f"{ROOT}/src/", f"{ROOT}/tests/", f"{ROOT}/bench/"))]
    own.sort(key=lambda c: -Path(c["file"]).stat().st_size)  # the slowest first

    jobs, deep_count, fresh = [], 0, 0
    for command in own:
        file = command["file"]
        deep = everything
        if not everything and changed is not None and file in changed and deep_count < MOST_DEEP:
            deep = not file.endswith("_test.cc")
            deep_count += deep
        if not deep and file.endswith("_test.cc") and not everything:
            continue
        key = hashlib.sha256()
        for part in (version, command["command"], str(deep), str(ROOT)):
            key.update(part.encode() + b"\0")
        for path in [str(ROOT / ".clang-tidy"), file, *headers.get(command.get("output", ""), [])]:
            if os.path.exists(path):
                key.update(path.encode() + b"\0" + digest(path))
        stamp = stamps / key.hexdigest()[:32]
        if stamp.exists():
            fresh += 1
        else:
            jobs.append((file, build, deep, stamp))

    if everything:
        scope = "all checks"
    elif changed is None:
        scope = "no origin/main to compare with: none with the static analyzer"
    else:
        scope = f"{deep_count} changed since origin/main with the static analyzer, the others without; tests are left out"
    print(f"clang-tidy: {len(jobs)} sources to check, {fresh} known to be clean ({scope})", flush=True)
    begun, failed = time.monotonic(), 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for number, complaint in enumerate(pool.map(check, jobs), 1):
            if complaint is not None:
                failed += 1
                print(complaint.strip(), flush=True)
            if number % 20 == 0:
                print(f"clang-tidy: {number}/{len(jobs)} ({time.monotonic() - begun:.0f} s)", flush=True)
    if failed:
        print(f"clang-tidy: {failed} of {len(jobs)} sources have findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
