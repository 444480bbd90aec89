#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command and notes what it took.

    peak.py FILE COMMAND...     FILE becomes "MiB seconds"; ends as the command does"""

import os
import subprocess
import sys
import time

start = time.monotonic()
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
with open(sys.argv[1], "w") as out:
    print(usage.ru_maxrss // 1024, f"{time.monotonic() - start:.1f}", file=out)
sys.exit(os.waitstatus_to_exitcode(status))
