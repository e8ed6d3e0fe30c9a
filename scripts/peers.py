#!/usr/bin/env python3
"""Times our passes and M-steps beside NumPy's, JAX's and scikit-learn's on the same numbers, in turn, and prints ratios.

    cargo build --release -p harness-models --example timed
    python3 scripts/peers.py [--rounds 7] [--only STAGE] [--images DIR] [--binary PATH]

Needs numpy; jax, scikit-learn and R with flexmix if they are to be compared; Linux. One thread each; the OPENBLAS_* tuning variables of
the machine are removed, so that NumPy picks its own kernels. Contenders run round-robin on one processor; times are CPU
time, which other programs on the machine lengthen less than the clock on the wall, and ratios are of medians over the same
rounds. Before it is timed, every peer has to find our value and gradient norm to 1e-9. `--images` is the folder of the
four files of Fashion-MNIST, for the M-step.
"""

import argparse
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import time

for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
PROCESSORS = os.sched_getaffinity(0)
os.sched_setaffinity(0, {max(PROCESSORS)})

import numpy as np  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Case:
    """Data of two regimes, in memory and in files."""

    def __init__(self, folder, n, d, k, classes=0, ridge=0.0, seed=0):
        self.n, self.d, self.k, self.classes, self.ridge = n, d, k, classes, ridge
        self.family = "logistic" if classes else "linear"
        self.m = (k - 1) + k * ((classes - 1) if classes else 1)
        rng = np.random.default_rng(seed)
        self.x = rng.standard_normal((n, d))
        self.x[:, -1] = 1.0
        y = self.x @ rng.standard_normal(d) / d**0.5 * (1 - 2 * (self.x[:, 0] > 0)) + 0.5 * rng.standard_normal(n)
        self.y = np.clip(np.floor((y + 2) / 4 * classes), 0, classes - 1) if classes else y
        self.theta = rng.standard_normal(d * self.m) * 0.3 / d**0.5
        self.files = [os.path.join(folder, f"{name}.f64") for name in ("x", "y", "theta")]
        self.write()

    def write(self):
        for array, path in zip((self.x, self.y, self.theta), self.files):
            array.tofile(path)

    def __str__(self):
        classes = f" c={self.classes}" if self.classes else ""
        return f"{self.family} n={self.n} d={self.d} k={self.k}{classes}"


class Ours:
    """The example program `timed`, which keeps the data and answers one command a line."""

    def __init__(self, binary, case):
        x, y, theta = case.files
        args = [x, case.n, case.d, case.family, case.k, case.classes, case.ridge, y, theta]
        self.process = subprocess.Popen(
            [binary, *map(str, args)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, command, clock="cpu"):
        """Seconds of CPU or of the clock on the wall, and what the command returns."""
        before = self.cpu()
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        wall, value = self.process.stdout.readline().split()
        return (self.cpu() - before if clock == "cpu" else float(wall)), float(value)

    def cpu(self):
        with open(f"/proc/{self.process.pid}/schedstat") as file:
            return int(file.read().split()[0]) / 1e9

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def log_softmax(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def numpy_gradient(case):
    """Value and gradient by one product for all logits, row work in arrays, one product back."""
    x, n, d, k, m = case.x, case.n, case.d, case.k, case.m
    w = np.asfortranarray(case.theta.reshape(m, d).T)
    labels = case.y.astype(int) if case.classes else None
    rows = np.arange(n)

    def run():
        z = x @ w
        gate = np.zeros((n, k))
        gate[:, : k - 1] = z[:, : k - 1]
        log_pi = log_softmax(gate)
        if labels is None:
            error = case.y[:, None] - z[:, k - 1 :]
            log_p = -0.5 * error * error - 0.5 * np.log(2 * np.pi)
        else:
            full = np.zeros((n, k, case.classes))
            full[:, :, :-1] = z[:, k - 1 :].reshape(n, k, case.classes - 1)
            log_q = log_softmax(full)
            log_p = log_q[rows, :, labels]
        joint = log_pi + log_p
        top = joint.max(axis=1, keepdims=True)
        r = np.exp(joint - top)
        total = r.sum(axis=1, keepdims=True)
        r /= total
        residual = np.empty((n, m))
        residual[:, : k - 1] = np.exp(log_pi[:, : k - 1]) - r[:, : k - 1]
        if labels is None:
            residual[:, k - 1 :] = -r * error
        else:
            q = np.exp(log_q)
            q[rows, :, labels] -= 1
            residual[:, k - 1 :] = (q * r[:, :, None])[:, :, :-1].reshape(n, -1)
        return -(top + np.log(total)).mean(), x.T @ residual / n

    return run


def jax_gradient(case):
    """The same through jit, with a gradient written by hand: the faster of the two ways in JAX."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    n, d, k, m = case.n, case.d, case.k, case.m
    x, w = jnp.asarray(case.x), jnp.asarray(case.theta.reshape(m, d).T)
    y = jnp.asarray(case.y.astype(int) if case.classes else case.y)

    @jax.jit
    def run(x, w, y):
        z = x @ w
        log_pi = jax.nn.log_softmax(jnp.concatenate([z[:, : k - 1], jnp.zeros((n, 1))], axis=1))
        if case.classes:
            logits = z[:, k - 1 :].reshape(n, k, case.classes - 1)
            log_q = jax.nn.log_softmax(jnp.concatenate([logits, jnp.zeros((n, k, 1))], axis=2))
            hot = jax.nn.one_hot(y, case.classes)
            log_p = (log_q * hot[:, None, :]).sum(axis=2)
        else:
            error = y[:, None] - z[:, k - 1 :]
            log_p = -0.5 * error * error - 0.5 * jnp.log(2 * jnp.pi)
        joint = log_pi + log_p
        total = jax.nn.logsumexp(joint, axis=1)
        r = jnp.exp(joint - total[:, None])
        gate = (jnp.exp(log_pi) - r)[:, : k - 1]
        if case.classes:
            expert = ((jnp.exp(log_q) - hot[:, None, :]) * r[:, :, None])[:, :, :-1].reshape(n, -1)
        else:
            expert = -r * error
        return -total.mean(), x.T @ jnp.concatenate([gate, expert], axis=1) / n

    def call():
        value, gradient = run(x, w, y)
        gradient.block_until_ready()
        return float(value), np.asarray(gradient)

    return call


def timed(run):
    start = time.process_time()
    value = run()
    return time.process_time() - start, value


def race(contenders, rounds):
    """Seconds of each contender in each round, after one round to warm up."""
    times = {name: [] for name in contenders}
    for round_number in range(rounds + 1):
        for name, run in contenders.items():
            seconds = run()
            if round_number:
                times[name].append(seconds)
    return {name: np.array(values) for name, values in times.items()}


def folder():
    return tempfile.TemporaryDirectory(prefix="peers")


def limits(args):
    with folder() as place:
        ours = Ours(args.binary, Case(place, 60000, 784, 2))
        times = race({c: (lambda c=c: ours(c)[0]) for c in ("read", "fma")}, args.rounds)
        print(f"read {60000 * 784 * 8 / times['read'].min() / 1e9:.0f} GB/s, "
              f"multiply-add {640e6 / times['fma'].min() / 1e9:.0f} GF/s if the unit has 8 lanes")
        ours.close()


def passes(args):
    print(f"{'value and gradient':38} {'ms':>8} {'GF/s':>6} {'reads':>6} {'numpy':>7} {'jax':>7}   (peer / ours)")
    all_ratios = {"numpy": [], "jax": []}
    shapes = [(n, d, k, 0) for n in (10_000, 60_000, 100_000) for d in (10, 50, 784) for k in (2, 8)]
    for n, d, k, classes in [*shapes, (60_000, 784, 2, 10), (100_000, 50, 2, 10), (60_000, 784, 4, 10)]:
        with folder() as place:
            case = Case(place, n, d, k, classes)
            ours, peers = Ours(args.binary, case), {"numpy": numpy_gradient(case)}
            if args.jax:
                peers["jax"] = jax_gradient(case)
            value = ours("gradient")[1]
            norm = ours("norm")[1]
            for name, run in peers.items():
                other, gradient = run()
                assert abs(value - other) < 1e-9 * max(1, abs(value)), (name, value, other)
                assert abs(norm - np.linalg.norm(gradient)) < 1e-9 * max(1, norm), (name, norm)
            contenders = {"ours": lambda: ours("gradient")[0], "read": lambda: ours("read")[0]}
            contenders |= {name: (lambda run=run: timed(run)[0]) for name, run in peers.items()}
            times = race(contenders, args.rounds)
            middle = {name: np.median(values) for name, values in times.items()}
            ratios = {name: middle[name] / middle["ours"] for name in peers}
            for name, ratio in ratios.items():
                if not classes:
                    all_ratios[name].append(ratio)
            flops = 4 * n * d * case.m
            print(f"{str(case):38} {middle['ours'] * 1e3:8.2f} {flops / times['ours'].min() / 1e9:6.1f} "
                  f"{middle['ours'] / middle['read']:6.2f} " + " ".join(f"{r:7.2f}" for r in ratios.values()), flush=True)
            ours.close()
    for name, ratios in all_ratios.items():
        if ratios:
            print(f"{name}: median {np.median(ratios):.2f}, least {min(ratios):.2f} over the linear shapes")


def narrow(args):
    print(f"{'rows stored as f32':38} {'f64 ms':>8} {'f32 ms':>8} {'f64 / f32':>10}")
    for n, d, k, classes in [(60_000, 784, 2, 0), (60_000, 784, 8, 0), (100_000, 50, 2, 0), (100_000, 50, 8, 0),
                             (100_000, 10, 2, 0), (60_000, 784, 2, 10), (100_000, 50, 2, 10)]:
        with folder() as place:
            case = Case(place, n, d, k, classes)
            ours = Ours(args.binary, case)
            times = race({c: (lambda c=c: ours(c)[0]) for c in ("gradient", "narrow_gradient")}, args.rounds)
            wide, short = (np.median(times[c]) * 1e3 for c in ("gradient", "narrow_gradient"))
            print(f"{str(case):38} {wide:8.2f} {short:8.2f} {wide / short:10.2f}", flush=True)
            ours.close()


def numpy_em(case):
    """E-step, and the M-step of two linear experts by exact Gram matrices, the gate by Newton's method."""
    x, d = case.x, case.d
    start, experts = case.theta[:d], case.theta[d:].reshape(2, d).T

    def run():
        z = x @ np.column_stack([start, experts])
        error = case.y[:, None] - z[:, 1:]
        joint = -0.5 * error * error
        joint[:, 0] += z[:, 0]
        r = 1 / (1 + np.exp(joint[:, 1] - joint[:, 0]))
        for weight in (r, 1 - r):
            np.linalg.solve(x.T @ (x * weight[:, None]), x.T @ (weight * case.y))
        gate, logit = start.copy(), z[:, 0]
        while True:
            pi = 1 / (1 + np.exp(-logit))
            gradient = x.T @ (pi - r) / len(r)
            step = np.linalg.solve(x.T @ (x * (pi * (1 - pi))[:, None]) / len(r), gradient)
            if gradient @ step <= 1e-24:
                return
            gate -= step
            logit = x @ gate

    return run


def em(args):
    print("an EM iteration of two linear experts, the gate solved to a decrement of 1e-12")
    for n, d in [(60_000, 784), (100_000, 50)]:
        with folder() as place:
            case = Case(place, n, d, 2)
            ours, numpy = Ours(args.binary, case), numpy_em(case)

            def iteration():
                ours("restart")
                return ours("em")[0]

            # What the matrix of all rows costs is paid by the first iteration alone.
            iteration()

            times = race({"ours": iteration, "numpy": lambda: timed(numpy)[0]}, max(3, args.rounds // 2))
            middle = {name: np.median(values) for name, values in times.items()}
            ratio = middle["numpy"] / middle["ours"]
            print(f"{str(case):38} {middle['ours'] * 1e3:8.1f} ms, NumPy {middle['numpy'] * 1e3:8.1f} ms: {ratio:.2f}",
                  flush=True)
            ours.close()


class Curves(Case):
    """Points on a line and on a parabola, as in the data set NPreg of flexmix."""

    def __init__(self, folder, n):
        super().__init__(folder, n, 3, 2)
        self.family, rng = "linear_noise", np.random.default_rng(0)
        x = rng.uniform(0, 10, n)
        self.y = np.where(rng.random(n) < 0.5, 5 * x, 15 + 10 * x - x * x) + 3 * rng.standard_normal(n)
        self.x = np.column_stack([np.ones(n), x, x * x])
        # The gate, a line and a parabola near the truth, and the logs of both standard deviations.
        self.theta = np.array([0, 0, 0, 1, 5, 0.1, 14, 9, -1, 1, 1], dtype=float)
        self.write()
        self.table = os.path.join(folder, "data.csv")
        np.savetxt(self.table, np.column_stack([self.y, self.x[:, 1:]]), delimiter=",", header="y,x2,x3", comments="")


def flexmix(args):
    if shutil.which("Rscript") is None:
        print("R is not installed: flexmix left out", file=sys.stderr)
        return
    print("an EM iteration of two linear experts with a gate and a standard deviation each; NPreg has 200 rows")
    for n in (200, 2_000, 20_000):
        with folder() as place:
            case = Curves(place, n)
            ours = Ours(args.binary, case)
            taken = []
            for _ in range(220):
                seconds, value = ours("em")
                taken.append(seconds)
            ours.close()
            script = os.path.join(ROOT, "scripts/flexmix.R")
            theirs = [subprocess.run(["Rscript", script, case.table], capture_output=True, text=True, check=True)
                      for _ in range(3)]
            seconds, end = zip(*(map(float, run.stdout.split()) for run in theirs))
            middle, peer = np.median(taken[20:]), np.median(seconds)
            print(f"n={n:6} ours {middle * 1e6:8.1f} us, flexmix {peer * 1e6:8.1f} us: {peer / middle:.0f}; "
                  f"log-likelihood {-n * value:.2f}, {end[0]:.2f}", flush=True)


class Images(Case):
    """Fashion-MNIST with every image inverted with probability 1/2: features as correlated as pixels are."""

    def __init__(self, folder, source):
        def read(name, offset):
            with gzip.open(os.path.join(source, name)) as file:
                return np.frombuffer(file.read(), np.uint8, offset=offset).astype(float)

        super().__init__(folder, 1, 784, 2, classes=10, ridge=1e-4)
        self.n, rng = 60_000, np.random.default_rng(0)
        self.x = read("train-images-idx3-ubyte.gz", 16).reshape(self.n, 784) / 255
        self.x = np.abs(self.x - (rng.random(self.n) < 0.5)[:, None])
        self.y = read("train-labels-idx1-ubyte.gz", 8)
        self.theta = rng.standard_normal(784 * 19) * 0.05
        self.write()


def m_step(args):
    """Ours: gate and two experts of ten classes. scikit-learn: the two experts alone."""
    from sklearn.linear_model import LogisticRegression

    with folder() as place:
        case = Images(place, args.images) if args.images else Case(place, 60_000, 784, 2, 10, ridge=1e-4)
        n, d = case.n, case.d
        z = case.x @ case.theta.reshape(case.m, d).T
        log_p = np.stack([log_softmax(np.column_stack([z[:, 1 + 9 * e : 10 + 9 * e], np.zeros(n)])) for e in (0, 1)])
        joint = log_p[:, np.arange(n), case.y.astype(int)]
        joint[0] += z[:, 0]
        r = np.exp(joint - np.logaddexp(*joint))
        ours = Ours(args.binary, case)
        # scikit-learn ends at this largest entry of the gradient of a mean over the weights; ours is over the rows.
        goal = 1e-4 * r.sum(axis=1).min() / n
        for tolerance in 10.0 ** -np.arange(1, 7, 0.5):
            ours("restart"), ours("e_step"), ours("zero")
            before = ours("passes")[1]
            seconds, _ = ours(f"m_step {tolerance:e} 0")
            passes, largest = ours("passes")[1] - before, ours("largest")[1]
            if largest <= goal:
                break
        ours.close()
        print(f"{str(case)}: M-step from zero to a largest gradient entry of {goal:.1e}: ours {seconds:.1f} s, "
              f"{passes:.0f} passes, the factor of the Gram matrix included", flush=True)
        total = 0
        for expert in (0, 1):
            model = LogisticRegression(C=1 / (case.ridge * n), tol=1e-4, max_iter=10_000, fit_intercept=False)
            taken, _ = timed(lambda: model.fit(case.x, case.y, sample_weight=r[expert]))
            total += taken
            print(f"  scikit-learn, expert {expert}: {taken:.1f} s, {model.n_iter_[0]} iterations", flush=True)
        print(f"  scikit-learn / ours: {total / seconds:.1f}")


def threads(args):
    """By the clock on the wall: only a machine without other work gives a ratio that means anything."""
    with folder() as place:
        case = Case(place, 60_000, 784, 2, 10)
        ours = Ours(args.binary, case)
        os.sched_setaffinity(ours.process.pid, PROCESSORS)

        def with_threads(count):
            ours(f"threads {count}")
            return ours("gradient", "wall")[0]

        times = race({count: (lambda count=count: with_threads(count)) for count in (1, 2)}, 5 * args.rounds)
        ours.close()
        for name, of in {"median": np.median, "least": np.min}.items():
            print(f"{str(case)}, {name} of {5 * args.rounds}: one thread {of(times[1]) * 1e3:.1f} ms, "
                  f"two {of(times[2]) * 1e3:.1f} ms: {of(times[1]) / of(times[2]):.2f}")


def growth(args):
    """How a pass grows with one number at a time: the slope of log time."""
    base = {"n": 20_000, "d": 100, "k": 2, "c": 10}
    sweeps = {"n": (5_000, 20_000, 80_000), "d": (25, 50, 100, 200, 400, 800), "k": (2, 4, 8, 16), "c": (2, 5, 10, 20)}
    for name, values in sweeps.items():
        taken = []
        for value in values:
            shape = base | {name: value}
            with folder() as place:
                ours = Ours(args.binary, Case(place, shape["n"], shape["d"], shape["k"], shape["c"]))
                taken.append(min(ours("gradient")[0] for _ in range(3 * args.rounds)))
                ours.close()
        slope = np.polyfit(np.log(values), np.log(taken), 1)[0]
        cells = ", ".join(f"{value}: {seconds * 1e3:.1f}" for value, seconds in zip(values, taken))
        print(f"value and gradient grow like {name}^{slope:.2f}: ms at {name} = {cells}", flush=True)


STAGES = {"limits": limits, "passes": passes, "narrow": narrow, "em": em, "flexmix": flexmix,
          "m_step": m_step, "growth": growth, "threads": threads}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=list(STAGES))
    parser.add_argument("--images", metavar="DIR")
    parser.add_argument("--binary", default=os.path.join(ROOT, "target/release/examples/timed"))
    args = parser.parse_args()
    try:
        import jax  # noqa: F401

        args.jax = True
    except ImportError:
        args.jax = False
        print("jax is not installed: left out", file=sys.stderr)
    for name, run in STAGES.items():
        if args.only in (None, name):
            run(args)


if __name__ == "__main__":
    main()
