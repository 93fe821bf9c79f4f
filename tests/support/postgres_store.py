"""A store on the PostgreSQL server of DETOY_TEST_POSTGRES that is one test's alone."""

import contextlib
import os
import re
import subprocess


def server():
    """None: there is no server."""
    return os.environ.get("DETOY_TEST_POSTGRES")


@contextlib.contextmanager
def store_in_own_schema(folder):
    """The store's URL. The schema is named after `folder`, which is the test's alone, and goes with the test."""
    schema = re.sub(r"\W", "_", os.path.basename(folder)).lower() + f"_{os.getpid()}"
    subprocess.run(["psql", server(), "-qc", f"CREATE SCHEMA {schema}"], check=True)
    try:
        yield server() + ("&" if "?" in server() else "?") + f"options=-csearch_path%3D{schema}"
    finally:
        subprocess.run(["psql", server(), "-qc", f"DROP SCHEMA {schema} CASCADE"], check=True, stderr=subprocess.DEVNULL)
