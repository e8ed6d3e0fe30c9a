"""Runs every line of Python in docs/results.md on the results given, each in a process of its own.

    python .ci/readers.py docs/results.md NAME      (in the folder that holds results/NAME and reports/NAME)
"""

import pathlib
import re
import subprocess
import sys

text = pathlib.Path(sys.argv[1]).read_text()
lines = [line.replace("NAME", sys.argv[2]) for line in re.findall(r"^```python\n(.+)\n```$", text, re.MULTILINE)]
libraries = [re.search(r"import (\w+)", line)[1] for line in lines]
assert {"pandas", "polars", "duckdb"} <= set(libraries), libraries
for line in lines:
    # Whatever it is called, it has rows.
    name = re.search(r"; (\w+) = ", line)[1]
    subprocess.run([sys.executable, "-c", f"{line}\nassert len({name}) > 0\n"], check=True)
    print("ok", line)
