#!/usr/bin/env python3
"""Puts the loaders of harness beside those of pandas, scikit-learn and NumPy, on the same files.

    cargo build --release -p harness-datasets --example loading
    scripts/loading_speed.py DATA_DIR [--binary target/release/examples/loading]

DATA_DIR is the folder of the published sets; large CSV, LIBSVM and Parquet files are made from its small ones by
repetition, in a temporary folder. Every loader reads each file in a process of its own, several times, into a dense
matrix of 64-bit numbers; the least time counts. Rates are megabytes of the file a second of processor time, memory is
the growth of the process at its peak over the size of the matrix. pandas and pyarrow, scikit-learn and NumPy are asked
where they are installed.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

TIMED = """
import resource, sys, time
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
{imports}
path, before, cpu, wall = sys.argv[1], peak(), time.process_time(), time.perf_counter()
{load}
print(time.perf_counter() - wall, time.process_time() - cpu, (peak() - before) / x.nbytes)
"""
PANDAS = ("import pandas", "x = pandas.read_csv(path).to_numpy(dtype=float)")
PARQUET = ("import pandas", "x = pandas.read_parquet(path).to_numpy(dtype=float)")
SKLEARN = ("from sklearn.datasets import load_svmlight_file", "x, y = load_svmlight_file(path)\nx = x.toarray()")
NUMPY_IDX = (
    "import gzip, numpy",
    "with gzip.open(path) as file:\n"
    "    x = numpy.frombuffer(file.read(), dtype=numpy.uint8, offset=16).reshape(-1, 784).astype(numpy.float64)",
)


def repeat(source: pathlib.Path, target: pathlib.Path, size: int, has_header: bool) -> pathlib.Path:
    text = source.read_bytes()
    header, body = text.split(b"\n", 1) if has_header else (b"", text)
    return repeat_text(body, target, size, header + b"\n" if has_header else b"")


def repeat_text(body: bytes, target: pathlib.Path, size: int, header: bytes = b"") -> pathlib.Path:
    with target.open("wb") as file:
        file.write(header)
        while file.tell() < size:
            file.write(body)
    return target


def as_libsvm(source: pathlib.Path, target: pathlib.Path, size: int) -> pathlib.Path:
    """A table of numbers, the last column its target, as LIBSVM text without a zero left out, repeated."""
    rows = (line.split(",") for line in source.read_text().splitlines()[1:])
    text = "".join(f"{y} " + " ".join(f"{i}:{x}" for i, x in enumerate(row, 1)) + "\n" for *row, y in rows)
    return repeat_text(text.encode(), target, size)


def theirs(code: tuple[str, str], path: pathlib.Path, repeats: int) -> tuple[float, ...] | None:
    """Wall time, processor time, memory over matrix: the least of each."""
    program = TIMED.format(imports=code[0], load=code[1])
    environment = dict(os.environ, OMP_NUM_THREADS="1", ARROW_NUM_THREADS="1")
    try:
        command = [sys.executable, "-c", program, path]
        runs = [subprocess.run(command, capture_output=True, check=True, env=environment) for _ in range(repeats)]
    except subprocess.CalledProcessError as error:
        print(error.stderr.decode().strip().splitlines()[-1], file=sys.stderr)
        return None
    return tuple(map(min, zip(*(map(float, run.stdout.split()) for run in runs))))


def ours(arguments: argparse.Namespace, options: str, cache: str = "") -> tuple[float, ...]:
    environment = dict(os.environ, HARNESS_DATA_DIR=str(arguments.folder), HARNESS_CACHE_DIR=cache)
    runs = []
    for _ in range(arguments.repeats + (1 if cache else 0)):
        run = subprocess.run([arguments.binary, options], capture_output=True, check=True, env=environment)
        runs.append(json.loads(run.stdout))
        if "error" in runs[-1]:
            raise SystemExit(f"{runs[-1]['error']}\nhelp: {runs[-1]['help']}")
    runs = runs[1:] if cache else runs
    return tuple(min(run[key] for run in runs) for key in ["seconds", "cpu_seconds", "grown_by_matrix"])


def row(label: str, path: pathlib.Path, who: str, result: tuple[float, ...] | None) -> None:
    if result is None:
        return
    wall, cpu, memory = result
    megabytes = path.stat().st_size / 1e6
    rate = f"{megabytes / cpu:.0f}" if cpu > 0.02 else "-"
    print(f"| {label} | {megabytes:.0f} | {who} | {wall:.2f} | {cpu:.2f} | {rate} | {memory:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--binary", default="target/release/examples/loading")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--megabytes", type=int, default=200)
    arguments = parser.parse_args()
    size = arguments.megabytes * 1_000_000
    tables, sparse = arguments.folder / "tabular", arguments.folder / "libsvm"
    print("| file | MB | loader | wall s | CPU s | MB/s | memory / matrix |\n|---|--:|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as name:
        made = pathlib.Path(name)
        for table in ["california-housing", "letter"]:
            path = repeat(tables / f"{table}.csv", made / f"{table}.csv", size, True)
            options = f"{{ file: '{path}', target: target, task: regression }}"
            row(f"{table}.csv, repeated", path, "harness", ours(arguments, options))
            row("", path, "harness, from its cache", ours(arguments, options, str(made / "cache")))
            row("", path, "pandas.read_csv", theirs(PANDAS, path, arguments.repeats))
        path = repeat(sparse / "a9a", made / "a9a.libsvm", size // 2, False)
        row("a9a, repeated", path, "harness", ours(arguments, f"{{ file: '{path}', task: classification }}"))
        row("", path, "sklearn load_svmlight_file, dense", theirs(SKLEARN, path, arguments.repeats))
        path = as_libsvm(tables / "california-housing.csv", made / "california.libsvm", size // 2)
        options = f"{{ file: '{path}', task: regression }}"
        row("california-housing as LIBSVM, repeated", path, "harness", ours(arguments, options))
        row("", path, "sklearn load_svmlight_file, dense", theirs(SKLEARN, path, arguments.repeats))
        try:
            import pandas

            path = made / "california.parquet"
            pandas.read_csv(made / "california-housing.csv").to_parquet(path)
            options = f"{{ file: '{path}', target: target, task: regression }}"
            row("california-housing.parquet", path, "harness", ours(arguments, options))
            row("", path, "pandas.read_parquet", theirs(PARQUET, path, arguments.repeats))
        except ImportError as error:
            print(error, file=sys.stderr)
        path = arguments.folder / "fashion-mnist/train-images-idx3-ubyte.gz"
        options = f"{{ file: '{path}', task: classification }}"
        row("fashion-mnist 60,000 × 784 gz", path, "harness", ours(arguments, options))
        row("", path, "harness, from its cache", ours(arguments, options, str(made / "cache")))
        row("", path, "gzip and numpy", theirs(NUMPY_IDX, path, arguments.repeats))


if __name__ == "__main__":
    main()
