#!/usr/bin/env python3
"""Runs clang-tidy over the sources that a build folder compiles, in parallel, and remembers which were clean.

usage: tidy.py BUILD_FOLDER [--all-checks]

Nearly all of its time goes into the headers of libraries, which it matches anew for each source. So sources that are
compiled with the same flags are checked many at a time, as one source that includes them. Those whose names collide with
another's go into the next such source.

The static analyzer costs more than everything else together. So all sources but the tests are checked without it, and
those that changed since origin/main with it (the first MOST_DEEP of them), each alone. --all-checks runs all checks on
all sources, each alone.

A source is not checked again as long as its text, its command, the project's headers that it includes (as ninja knows
them), and .clang-tidy are the same: build/tidy/ has a stamp for each such state.
"""

import concurrent.futures
import dataclasses
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

TIDY = "clang-tidy-19"
CLANG = "clang++-19"
WITHOUT_ANALYZER = "-clang-analyzer-*"
# What is wrong with a source that includes sources, and with nothing else.
WITHOUT_TOGETHER = "-bugprone-suspicious-include"
MOST_DEEP = 24
MOST_TOGETHER = 40
ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "tidy"


@dataclasses.dataclass(frozen=True)
class Source:
    file: str
    folder: str
    flags: tuple  # of the compiler, without the source and where its object goes
    stamp: Path


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


def flags_of(command):
    words = shlex.split(command["command"])
    flags, skip = [], False
    for word in words[next(i for i, w in enumerate(words) if w.startswith("-")):]:
        if skip or word in ("-o", "-c"):
            skip = word == "-o"
        elif word != command["file"]:
            flags.append(word)
    return tuple(flags)


def tidy(file, sources, build, checks):
    """What clang-tidy says of `file`, which is or includes the sources; empty if they are clean. Then they get their stamps."""
    options = ["--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-deprecated-declarations"]
    if checks:
        options.append(f"--checks={','.join(checks)}")
    if len(sources) > 1:
        # The sources are headers to it, and in the same unnamed namespace: GCC has seen to -Wshadow in each.
        options += [f"--header-filter=^{ROOT}/(src|tests|bench)/", "--extra-arg=-Wno-shadow"]
    done = run(TIDY, "-p", str(build), "--quiet", *options, file)
    if done.returncode == 0:
        for source in sources:
            source.stamp.touch()
        return ""
    return (done.stdout or done.stderr).strip()


def together(sources):
    """One source that includes them, which is no file of the project, in a folder with the command to compile it."""
    name = hashlib.sha256("\n".join(source.file for source in sources).encode()).hexdigest()[:16]
    folder = WORK / "together" / name
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.cc"
    file.write_text("".join(f'#include "{source.file}"\n' for source in sources))
    command = shlex.join([CLANG, *sources[0].flags, "-c", str(file)])
    (folder / "compile_commands.json").write_text(
        json.dumps([{"directory": sources[0].folder, "command": command, "file": str(file)}]))
    return file


def that_collide(sources):
    """Those that do not compile after the ones before them; half of them if it cannot be told which."""
    file = together(sources)
    done = subprocess.run([CLANG, *sources[0].flags, "-w", "-Wno-error", "-ferror-limit=0", "-fsyntax-only", str(file)],
                          cwd=sources[0].folder, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return []
    wrong = set(re.findall(r"^(/[^:\n]+):\d+:\d+: (?:fatal )?error: ", done.stderr, re.MULTILINE))
    # The first cannot collide with any: what is wrong there, clang-tidy tells.
    return [source for source in sources[1:] if source.file in wrong] or sources[(len(sources) + 1) // 2:]


def check_alone(source, build):
    return tidy(source.file, [source], build, [])


def check_together(sources):
    """Checks as many of them as compile together; (how many, what was found, the others)."""
    fit, others = sources, []
    while len(fit) > 1 and (collide := that_collide(fit)):
        fit = [source for source in fit if source not in collide]
        others += collide
    file = together(fit)
    return len(fit), tidy(str(file), fit, file.parent, [WITHOUT_ANALYZER, WITHOUT_TOGETHER]), others


def own_names(source):
    """What its unnamed namespaces declare, as far as can be told without parsing it."""
    names = set()
    for part in re.findall(r"^namespace \{$(.*?)^\}  // namespace$", Path(source.file).read_text(), re.MULTILINE | re.DOTALL):
        for line in part.splitlines():
            found = re.match(r"(?![\s}#/)]|using [^=]*;|namespace )[^(={;\[]*?(\w+)\s*(?:[(={;\[]|:\s|$)", line)
            if found:
                names.add(found.group(1))
    return names


def in_groups(sources):
    """Sources with the same flags and without a name in common, as far as known, up to MOST_TOGETHER."""
    groups = []  # flags, sources, their names
    for source in sources:
        names = own_names(source)
        for flags, members, taken in groups:
            if flags == (source.folder, source.flags) and len(members) < MOST_TOGETHER and not names & taken:
                members.append(source)
                taken |= names
                break
        else:
            groups.append(((source.folder, source.flags), [source], set(names)))
    return sorted((members for _, members, _ in groups), key=len, reverse=True)


def main(arguments):
    if not arguments or set(arguments[1:]) - {"--all-checks"}:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    build = Path(arguments[0]).resolve()
    everything = "--all-checks" in arguments
    stamps = WORK / "stamps"
    stamps.mkdir(parents=True, exist_ok=True)
    version = run(TIDY, "--version").stdout
    headers = headers_of(build)
    changed = changed_since_main()
    commands = json.loads((build / "compile_commands.json").read_text())
    own = [c for c in commands if c["file"].startswith((f"{ROOT}/src/", f"{ROOT}/tests/", f"{ROOT}/bench/"))]
    own.sort(key=lambda c: -Path(c["file"]).stat().st_size)  # the slowest first

    deep_jobs, jobs, deep_count, fresh = [], [], 0, 0
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
        source = Source(file, command["directory"], flags_of(command), stamps / key.hexdigest()[:32])
        if source.stamp.exists():
            fresh += 1
        else:
            (deep_jobs if deep else jobs).append(source)

    if everything:
        scope = "all checks"
    elif changed is None:
        scope = "no origin/main to compare with: none with the static analyzer"
    else:
        scope = f"{deep_count} changed since origin/main with the static analyzer, the others without; tests are left out"
    total = len(jobs) + len(deep_jobs)
    print(f"clang-tidy: {total} sources to check, {fresh} known to be clean ({scope})", flush=True)
    begun, done, complaints = time.monotonic(), 0, 0

    def report(count, found):
        nonlocal done, complaints
        done += count
        if found:
            complaints += 1
            print(found, flush=True)
        print(f"clang-tidy: {done}/{total} ({time.monotonic() - begun:.0f} s)", flush=True)

    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        waiting = {pool.submit(check_together, group): group for group in in_groups(jobs)}
        alone = [pool.submit(check_alone, source, build) for source in deep_jobs]
        while waiting:
            for future in concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED).done:
                del waiting[future]
                count, found, others = future.result()
                report(count, found)
                if others:
                    waiting[pool.submit(check_together, others)] = others
        for future in alone:
            report(1, future.result())
    if complaints:
        print(f"clang-tidy: {complaints} findings or more")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
