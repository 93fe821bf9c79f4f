"""Makes minutes pass for recurring jobs, whose schedules know nothing shorter.

One that has not made a job yet is set back in the store: as if nobody had looked at it for a while, during which its
ticks fell due. Each is set back once, so that no tick comes again.
"""

import contextlib
import sqlite3
import subprocess
import time

MINUTES = 8


def fall_due(store):
    """Lets several ticks fall due at once; name and first tick of each recurring job that was set back."""
    by = MINUTES * 60_000_000
    set_back = (
        f"UPDATE recurring_job SET next_at = next_at - {by}, look_at = look_at - {by} WHERE queue = 'ticks' "
        f"AND paused = 0 AND last_at = 0 AND next_at > {round(time.time() * 1_000_000)} RETURNING name, next_at"
    )
    if store.startswith("sqlite:"):
        with contextlib.closing(sqlite3.connect(store.removeprefix("sqlite:"), timeout=30)) as database, database:
            return [list(row) for row in database.execute(set_back).fetchall()]
    command = ["psql", store, "-qAtF", "\t", "-c", set_back]
    rows = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [[name, int(first)] for name, first in (row.split("\t") for row in rows)]
