#!/usr/bin/env python3
"""Puts the loaders of harness beside those of pandas and scikit-learn, on the same files.

    cargo build --release -p harness-datasets --example loading
    scripts/loading_speed.py DATA_DIR [--binary target/release/examples/loading]

DATA_DIR is the folder of the published sets; large CSV and LIBSVM files are made from its small ones by repetition, in
a temporary folder. Every loader reads each file in a process of its own, several times; the best time counts.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

PANDAS = """
import sys, time, pandas
began = time.perf_counter()
x = pandas.read_csv(sys.argv[1]).to_numpy()
print(time.perf_counter() - began)
"""
SKLEARN = """
import sys, time
from sklearn.datasets import load_svmlight_file
began = time.perf_counter()
x, y = load_svmlight_file(sys.argv[1])
x = x.toarray()
print(time.perf_counter() - began)
"""
NUMPY_IDX = """
import gzip, sys, time, numpy
began = time.perf_counter()
with gzip.open(sys.argv[1]) as file:
    x = numpy.frombuffer(file.read(), dtype=numpy.uint8, offset=16).reshape(-1, 784).astype(numpy.float64)
print(time.perf_counter() - began)
"""


def repeat(source: pathlib.Path, target: pathlib.Path, size: int, has_header: bool) -> pathlib.Path:
    text = source.read_bytes()
    header, body = text.split(b"\n", 1) if has_header else (None, text)
    with target.open("wb") as file:
        if header is not None:
            file.write(header + b"\n")
        while file.tell() < size:
            file.write(body)
    return target


def python(code: str, path: pathlib.Path, repeats: int) -> float | None:
    command = [sys.executable, "-c", code, path]
    try:
        runs = [subprocess.run(command, capture_output=True, check=True) for _ in range(repeats)]
    except subprocess.CalledProcessError as error:
        print(error.stderr.decode().strip().splitlines()[-1], file=sys.stderr)
        return None
    return min(float(run.stdout) for run in runs)


def harness(arguments: argparse.Namespace, options: str) -> dict:
    environment = dict(os.environ, HARNESS_DATA_DIR=str(arguments.folder))
    runs = []
    for _ in range(arguments.repeats):
        run = subprocess.run([arguments.binary, options], capture_output=True, check=True, env=environment)
        runs.append(json.loads(run.stdout))
    if "error" in runs[0]:
        raise SystemExit(f"{runs[0]['error']}\nhelp: {runs[0]['help']}")
    return min(runs, key=lambda run: run["seconds"])


def row(label: str, path: pathlib.Path, ours: dict, theirs: float | None, other: str) -> None:
    seconds, megabytes = ours["seconds"], path.stat().st_size / 1e6
    memory = f"{ours['grown_by_matrix']:.2f}x"
    shown = "-" if theirs is None else f"{theirs:.3f}"
    print(f"{label:<32} {megabytes:>5.0f} {seconds:>9.3f} {megabytes / seconds:>6.0f} {memory:>7} {shown:>8}  {other}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--binary", default="target/release/examples/loading")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--megabytes", type=int, default=200)
    arguments = parser.parse_args()
    size = arguments.megabytes * 1_000_000
    tables, sparse = arguments.folder / "tabular", arguments.folder / "libsvm"
    print(f"{'file':<32} {'MB':>5} {'harness s':>9} {'MB/s':>6} {'memory':>7} {'other s':>8}  other")
    with tempfile.TemporaryDirectory() as name:
        made = pathlib.Path(name)
        for table in ["california-housing", "letter"]:
            path = repeat(tables / f"{table}.csv", made / f"{table}.csv", size, True)
            ours = harness(arguments, f"{{ file: '{path}', target: target, task: regression }}")
            row(f"{table}, repeated", path, ours, python(PANDAS, path, arguments.repeats), "pandas.read_csv")
        path = repeat(sparse / "a9a", made / "a9a.libsvm", size // 2, False)
        ours = harness(arguments, f"{{ file: '{path}', task: classification }}")
        theirs = python(SKLEARN, path, arguments.repeats)
        row("a9a, repeated", path, ours, theirs, "sklearn load_svmlight_file, dense")
    path = arguments.folder / "fashion-mnist/train-images-idx3-ubyte.gz"
    ours = harness(arguments, f"{{ file: '{path}', task: classification }}")
    theirs = python(NUMPY_IDX, path, arguments.repeats)
    row("fashion-mnist 60,000 x 784 gz", path, ours, theirs, "gzip and numpy")


if __name__ == "__main__":
    main()
