"""Reference iterates of the built-in optimizers, computed without the product.

An independent implementation of EM, gradient EM, gradient descent, Adam and projected mirror descent on
mixtures of experts, written from the formulas alone (Fruytier, Mokhtari, Sanghavi, "Learning Mixtures of
Experts with EM: A Mirror Descent Perspective", ICML 2025), not from the Rust code, so that the two can be
checked against each other. Speed is no aim. The loss is the negative log of the summed joint density; all
gradients are complex-step derivatives, exact to rounding; EM minimizes the surrogate Q; mirror descent moves
each row's mean parameters and projects them back. So Fisher's identity, Theorems 4.1 and 5.1, monotone
descent and the stationarity of every M-step and projection are real tests: they are asserted on the way.

`python3 iterates.py` (needs only NumPy) writes one folder per case to `cases/` beside this file:

    data.csv       x0,...,x{d-1},y, as the product would read it
    theta0.csv     the start, one number per line, in the order of theta
    expected.json  the model (null: not a setting of its family); some iterates and losses of every optimizer

and prints for each run how much an error in theta0 grows within the 30 iterations, which bounds the tolerance
that a comparison can ask for. Another BLAS may move the last digits.
"""
import json
import pathlib

import numpy as np

KEPT = (1, 2, 5, 10, 20, 30)
HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)


# --- Analytic functions: they accept complex arguments, for the complex-step derivative ----------------

def log_sum_exp(u):
    """log sum exp over the last axis."""
    shift = u.real.max(axis=-1, keepdims=True)
    return (shift + np.log(np.exp(u - shift).sum(axis=-1, keepdims=True)))[..., 0]


def log_softmax(u):
    return u - log_sum_exp(u)[..., None]


def softmax(u):
    return np.exp(log_softmax(u))


def softplus(u):
    return log_sum_exp(np.stack([np.zeros_like(u), u], axis=-1))


def sigmoid(u):
    return np.exp(-softplus(-u))


def gradient(f, theta, h=1e-30):
    """The gradient of an analytic f by the complex step, Im f(theta + ih e_j) / h."""
    return np.array([f(theta + 1j * h * e).imag / h for e in np.eye(theta.size)])


# --- The model ---------------------------------------------------------------------------------------

class Model:
    """A mixture of experts on data. The symmetric families have the experts z = +1 and z = -1, in this order,
    so that their gate w is the first of two softmax columns, the second being 0. The target is real, -1 and
    +1 (symmetric_logistic) or 0..c-1 (logistic)."""

    def __init__(self, case, X, y):
        self.X, self.y, (self.n, self.d) = X, y, X.shape
        self.family, self.k, self.c = case["family"], case.get("experts", 2), case.get("classes")
        self.noise, self.sigma, self.ridge = case.get("noise"), case.get("sigma", 1.0), case.get("ridge", 0.0)
        self.symmetric = self.family.startswith("symmetric")
        gate = self.d * (self.k - 1)
        experts = self.d * {"linear": self.k, "logistic": self.k * ((self.c or 1) - 1)}.get(self.family, 1)
        self.size = gate + experts + {"shared": 1, "per_expert": self.k}.get(self.noise, 0)
        self.blocks = {"gate": slice(0, gate), "experts": slice(gate, gate + experts),
                       "noise": slice(gate + experts, self.size)}

    def predictors(self, theta):
        """Gate logits (n, k); expert predictors (n), (n, k) or (n, k, c); log sigma (k)."""
        gate, experts, noise = (theta[where] for where in self.blocks.values())
        a = np.concatenate([self.X @ gate.reshape(self.k - 1, self.d).T, np.zeros((self.n, 1))], axis=1)
        if self.symmetric:
            b = self.X @ experts
        elif self.family == "linear":
            b = self.X @ experts.reshape(self.k, self.d).T
        else:
            b = np.einsum("nd,kcd->nkc", self.X, experts.reshape(self.k, self.c - 1, self.d))
            b = np.concatenate([b, np.zeros((self.n, self.k, 1))], axis=2)
        return a, b, np.ones(self.k) * (noise if noise.size else np.log(self.sigma))

    def log_joint(self, theta):
        """log p(z, y | x; theta) for every row and expert, (n, k)."""
        a, b, log_sigma = self.predictors(theta)
        z, y = np.array([1.0, -1.0]), self.y[:, None]
        if self.family == "symmetric_linear":
            log_expert = -0.5 * (y - z * b[:, None]) ** 2 - HALF_LOG_2PI
        elif self.family == "symmetric_logistic":
            log_expert = -softplus(-y * z * b[:, None])
        elif self.family == "linear":
            log_expert = -0.5 * ((y - b) * np.exp(-log_sigma)) ** 2 - log_sigma - HALF_LOG_2PI
        else:
            log_expert = log_softmax(b)[np.arange(self.n), :, self.y]
        return log_softmax(a) + log_expert

    def loss(self, theta):
        return -log_sum_exp(self.log_joint(theta)).mean() + 0.5 * self.ridge * (theta @ theta)

    def responsibilities(self, theta):
        """p(z | x, y; theta), by Bayes' rule."""
        return softmax(self.log_joint(theta))

    def surrogate(self, phi, r):
        """Q(phi | theta), where r are the responsibilities at theta."""
        return -(r * self.log_joint(phi)).sum(axis=1).mean() + 0.5 * self.ridge * (phi @ phi)


# --- The complete data as an exponential family ------------------------------------------------------
# Given x, the sufficient statistics S of (y, z) and their natural parameters, functions of theta and x, are
#   symmetric_linear    1{z=1}, zy                          a, b
#   symmetric_logistic  1{z=1}, 1{zy=1}                     a, b
#   linear              1{z=i}, 1{z=i} y, 1{z=i} y^2        a_i - b_i^2/2s_i^2 - log s_i, b_i/s_i^2, -1/2s_i^2
#   logistic            1{z=i, y=j}                         a_i - log sum exp(b_i) + b_ij

def expected_statistics(model, theta):
    """E[S | x; theta] and E[S | x, y; theta], for every row."""
    (a, b, log_sigma), y, r = model.predictors(theta), model.y, model.responsibilities(theta)
    pi = softmax(a)
    if model.family == "symmetric_linear":
        return np.stack([pi[:, 0], b]), np.stack([r[:, 0], (r[:, 0] - r[:, 1]) * y])
    if model.family == "symmetric_logistic":
        return np.stack([pi[:, 0], sigmoid(b)]), np.stack([r[:, 0], np.where(y > 0, r[:, 0], r[:, 1])])
    if model.family == "linear":
        square = b**2 + np.exp(2 * log_sigma)
        return np.stack([pi, pi * b, pi * square]), np.stack([r, r * y[:, None], r * y[:, None] ** 2])
    return pi[:, :, None] * softmax(b), r[:, :, None] * np.eye(model.c)[y][:, None, :]


def bregman_objective(model, phi, mu, eta):
    """mean over x of A(phi_x) - <mu_x, phi_x>, plus eta times the ridge."""
    a, b, log_sigma = model.predictors(phi)
    if model.symmetric:
        log_partition = softplus(a[:, 0]) + (b**2 / 2 if model.family == "symmetric_linear" else softplus(b))
        product = mu[0] * a[:, 0] + mu[1] * b
    elif model.family == "linear":
        precision = np.exp(-2 * log_sigma) * np.ones_like(b)
        log_partition = log_sum_exp(a)
        natural = np.stack([a - 0.5 * b**2 * precision - log_sigma, b * precision, -0.5 * precision])
        product = (mu * natural).sum(axis=(0, 2))
    else:
        natural = a[:, :, None] - log_sum_exp(b)[:, :, None] + b
        log_partition = log_sum_exp(natural.reshape(model.n, -1))
        product = (mu * natural).sum(axis=(1, 2))
    return (log_partition - product).mean() + 0.5 * eta * model.ridge * (phi @ phi)


def softmax_regression(X, targets, ridge, start):
    """argmin over B of mean[ s log sum exp(B'x) - targets . B'x ] + ridge/2 |B|^2, where s is the row sum of
    the targets and the last column of B is 0: Newton's method, until the gradient's norm stops falling. Where
    targets are negative (mirror descent beyond step 1) the Hessian may fail to be positive definite; then the
    Cholesky factorization raises LinAlgError."""
    (n, d), free, weight = X.shape, targets.shape[1] - 1, targets.sum(axis=1)

    def probabilities(B):
        return softmax(np.concatenate([X @ B.reshape(free, d).T, np.zeros((n, 1))], axis=1))

    def slope(B):
        return (X.T @ (weight[:, None] * probabilities(B) - targets)[:, :-1] / n).T.ravel() + ridge * B

    B, t = start, 1.0
    while t > 1e-4:
        p, g = probabilities(B)[:, :-1], slope(B)
        curvature = weight[:, None, None] * (p[:, :, None] * np.eye(free) - p[:, :, None] * p[:, None, :])
        H = np.einsum("nce,nd,nf->cdef", curvature, X, X).reshape(g.size, g.size) / n + ridge * np.eye(g.size)
        np.linalg.cholesky(H)
        direction, t = np.linalg.solve(H, g), 1.0
        while t > 1e-4 and np.linalg.norm(slope(B - t * direction)) >= np.linalg.norm(g):
            t /= 2
        B = B - t * direction if t > 1e-4 else B
    return B


def least_squares(X, weight, moment, ridge):
    """[X' diag(weight) X / n + ridge I]^-1 X' moment / n; LinAlgError where that is not positive definite."""
    gram = X.T @ (weight[:, None] * X) / len(X) + ridge * np.eye(X.shape[1])
    np.linalg.cholesky(gram)
    return np.linalg.solve(gram, X.T @ moment / len(X))


def fit(model, mu, eta, start, objective):
    """argmin of `bregman_objective(phi, mu, eta)` over phi, the gate and each expert on its own. `objective`
    is what the caller wants minimized: its derivative must vanish at the result. A ridge comes with a fixed
    sigma only."""
    X, ridge, family = model.X, eta * model.ridge, model.family
    gate, experts, noise = (start[where] for where in model.blocks.values())
    if model.symmetric:
        gate = softmax_regression(X, np.stack([mu[0], 1 - mu[0]], axis=1), ridge, gate)
        experts = (least_squares(X, np.ones(model.n), mu[1], ridge) if family == "symmetric_linear" else
                   softmax_regression(X, np.stack([mu[1], 1 - mu[1]], axis=1), ridge, experts))
    elif family == "linear":
        weight, first, second = mu
        gate = softmax_regression(X, weight, ridge, gate)
        experts = np.concatenate([least_squares(X, weight[:, i], first[:, i], ridge * model.sigma**2)
                                  for i in range(model.k)])
        b = X @ experts.reshape(model.k, -1).T
        squares = (second - 2 * b * first + b**2 * weight).sum(axis=0)
        variance = {"fixed": noise, "shared": squares.sum(keepdims=True) / model.n,
                    "per_expert": squares / weight.sum(axis=0)}[model.noise]
        assert (variance > 0).all(), "a variance is not positive"
        noise = 0.5 * np.log(variance)
    else:
        gate = softmax_regression(X, mu.sum(axis=2), ridge, gate)
        experts = np.concatenate([softmax_regression(X, mu[:, i], ridge, block)
                                  for i, block in enumerate(experts.reshape(model.k, -1))])
    phi = np.concatenate([gate, experts, noise])
    residual = np.abs(gradient(objective, phi)).max()
    assert residual < 1e-13, f"the gradient of a subproblem is {residual:.1e}"
    return phi


# --- Optimizers: each yields theta^1, theta^2, ... ---------------------------------------------------

def step_vector(model, params):
    """The step size of every coordinate: `step`, overridden by `step_<block>`."""
    return np.concatenate([np.full(where.stop - where.start, params.get(f"step_{block}", params["step"]))
                           for block, where in model.blocks.items()])


def em(model, theta, params):
    while True:
        r, (_, posterior) = model.responsibilities(theta), expected_statistics(model, theta)
        theta = fit(model, posterior, 1.0, theta, lambda phi: model.surrogate(phi, r))
        yield theta


def mirror_descent(model, theta, params):
    """The mirror step in the mean parameters of each row, then the Bregman projection back on the model."""
    eta = params["step"]
    while True:
        prior, posterior = expected_statistics(model, theta)
        mu = (1 - eta) * prior + eta * posterior
        theta = fit(model, mu, eta, theta, lambda phi: bregman_objective(model, phi, mu, eta))
        yield theta


def gradient_em(model, theta, params):
    steps = step_vector(model, params)
    while True:
        r = model.responsibilities(theta)
        for _ in range(params["inner_steps"]):
            theta = theta - steps * gradient(lambda phi: model.surrogate(phi, r), theta)
        yield theta


def gradient_descent(model, theta, params):
    steps, mu, previous = step_vector(model, params), params.get("mu", 0.0), theta
    while True:
        ahead = theta + mu * (theta - previous)
        at = ahead if params.get("momentum") == "nesterov" else theta
        previous, theta = theta, ahead - steps * gradient(model.loss, at)
        yield theta


def adam(model, theta, params):
    steps, epsilon = step_vector(model, params), params.get("epsilon", 1e-8)
    beta1, beta2 = params.get("beta1", 0.9), params.get("beta2", 0.999)
    m, v, t = np.zeros(model.size), np.zeros(model.size), 0
    while True:
        g, t = gradient(model.loss, theta), t + 1
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        theta = theta - steps * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        yield theta


def trajectory(model, theta0, optimizer, params):
    iterates = globals()[optimizer](model, theta0, params)
    return np.array([theta0] + [next(iterates) for _ in range(max(KEPT))])


def configurations(step):
    """Every optimizer with the parameters it is run with, as in a benchmark's YAML."""
    blocks = {"step": step, "step_gate": 2 * step, "step_experts": step / 2}   # `step` is left for the noise
    return [
        ("em", {}),
        *[("gradient_em", {"step": step, "inner_steps": m}) for m in (1, 5)],
        ("gradient_em", {**blocks, "inner_steps": 3}),
        ("gradient_descent", {"step": step}),
        *[("gradient_descent", {"step": step, "momentum": m, "mu": 0.8}) for m in ("heavy_ball", "nesterov")],
        ("gradient_descent", blocks),
        ("adam", {"step": 0.05}),
        ("adam", {"step": 0.02, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-4}),
        *[("mirror_descent", {"step": eta}) for eta in (0.5, 1.0, 1.5)],
    ]


# --- Checks ------------------------------------------------------------------------------------------

def assert_close(a, b, tolerance, what):
    error = np.abs(a - b).max() / (1 + np.abs(b).max())
    assert error <= tolerance, f"{what}: off by {error:.1e}"


def check_model(model, theta):
    """Gradients, posteriors and mirror steps at one theta, each against another form of it."""
    h, r, slope = 1e-5, model.responsibilities(theta), gradient(model.loss, theta)
    differences = [model.loss(theta + h * e) - model.loss(theta - h * e) for e in np.eye(model.size)]
    assert_close(np.array(differences) / (2 * h), slope, 1e-8, "complex step")
    assert_close(gradient(lambda phi: model.surrogate(phi, r), theta), slope, 1e-13, "Fisher's identity")
    (a, b, log_sigma), y = model.predictors(theta), model.y
    if model.family == "symmetric_linear":
        assert_close(r[:, 0], sigmoid(a[:, 0] + 2 * y * b), 1e-14, "posterior")
    prior, posterior = expected_statistics(model, theta)
    if model.family == "symmetric_logistic":
        assert_close(posterior[1], sigmoid(b + y * a[:, 0]), 1e-14, "soft targets")
    for eta in (0.5, 1.0, 1.5):
        mu = (1 - eta) * prior + eta * posterior
        new = next(mirror_descent(model, theta, {"step": eta}))
        direction = gradient(lambda phi: bregman_objective(model, phi, mu, eta), theta)
        assert_close(direction, eta * slope, 1e-13, "the mirror step against the gradient of L")
        if model.symmetric:   # grad A(new) = grad A(theta) - eta grad L(theta), A with eta times the ridge
            at_theta, at_new = (gradient(lambda phi: bregman_objective(model, phi, 0 * mu, eta), at)
                                for at in (theta, new))
            assert_close(at_new, at_theta - eta * slope, 1e-13, "Theorem 5.1")
        if model.noise == "per_expert":
            pi, new_b = softmax(a), model.predictors(new)[1]
            squares = ((1 - eta) * pi * ((b - new_b) ** 2 + np.exp(2 * log_sigma))
                       + eta * r * (y[:, None] - new_b) ** 2)
            variance = squares.sum(axis=0) / ((1 - eta) * pi + eta * r).sum(axis=0)
            assert_close(np.exp(2 * new[model.blocks["noise"]]), variance, 1e-13, "variance")


def check_runs(model, runs):
    """Relations between whole runs. `runs` is a list of (optimizer, params, thetas)."""
    em_run, gradient_em_run, step = runs[0][2], runs[1][2], runs[1][1]["step"]
    halved, full, descent = (next(t for o, p, t in runs if o == optimizer and p == {"step": value}) for
                             optimizer, value in (("mirror_descent", 0.5), ("mirror_descent", 1.0),
                                                  ("gradient_descent", step)))
    assert_close(full, em_run, 1e-11, "mirror descent with step 1 is EM")
    assert_close(gradient_em_run, descent, 1e-11, "gradient EM with one inner step is gradient descent")
    assert max(model.loss(after) - model.loss(before) for before, after in zip(halved, halved[1:])) < 1e-14
    for before, after in zip(em_run, em_run[1:]):
        r = model.responsibilities(before)
        bound = model.surrogate(before, r) - model.surrogate(after, r)
        assert bound > -1e-14 and model.loss(before) - model.loss(after) > bound - 1e-14, "descent of EM"


# --- Cases -------------------------------------------------------------------------------------------

CASES = [
    dict(name="symmetric_linear", family="symmetric_linear", n=80, d=3, step=0.3),
    dict(name="symmetric_linear_ridge", family="symmetric_linear", n=60, d=2, ridge=0.05, step=0.3,
         standardize=True, intercept=True),
    dict(name="symmetric_logistic", family="symmetric_logistic", n=100, d=3, step=1.0, seed=118),
    dict(name="symmetric_logistic_ridge", family="symmetric_logistic", n=90, d=3, ridge=0.05, step=1.0,
         standardize=True, intercept=True, labels=(2, 10)),   # as numbers, 2 comes first: -1
    dict(name="linear_2_fixed_ridge", family="linear", n=70, d=3, experts=2, noise="fixed", sigma=0.7,
         ridge=0.02, step=0.25),
    dict(name="linear_3_shared", family="linear", n=110, d=2, experts=3, noise="shared", sigma=1.0, step=0.2,
         standardize=True, intercept=True),
    dict(name="linear_3_per_expert", family="linear", n=120, d=2, experts=3, noise="per_expert", sigma=1.0,
         step=0.2, intercept=True),
    dict(name="logistic_2_2", family="logistic", n=120, d=2, experts=2, classes=2, step=1.0,
         standardize=True, intercept=True),
    dict(name="logistic_3_4_ridge", family="logistic", n=120, d=3, experts=3, classes=4, ridge=0.01, step=1.0),
    dict(name="logistic_5_3_ridge", family="logistic", n=120, d=2, experts=5, classes=3, ridge=0.02, step=1.0,
         standardize=True, intercept=True),
]


def draw(case, rng):
    """Raw columns and target, drawn from the case's own model, and a start not far from its truth."""
    n, d, standardize = case["n"], case["d"], case.get("standardize")
    features = rng.standard_normal((n, d))
    X = np.column_stack([features, np.ones(n)]) if case.get("intercept") else features
    model = Model(case, X, np.zeros(n, dtype=int))
    truth, offset = rng.standard_normal((2, model.size))
    truth[model.blocks["noise"]], offset[model.blocks["noise"]] = np.log(0.7), 0.2
    a, b, log_sigma = model.predictors(truth)
    z, rows = (rng.random(n)[:, None] > softmax(a).cumsum(axis=1)).sum(axis=1), np.arange(n)
    if case["family"] == "symmetric_linear":
        y = (1 - 2 * z) * b + rng.standard_normal(n)
    elif case["family"] == "symmetric_logistic":
        y = np.array(case.get("labels", (0, 1)))[(rng.random(n) < sigmoid((1 - 2 * z) * b)).astype(int)]
    elif case["family"] == "linear":
        y = b[rows, z] + np.exp(log_sigma[z]) * rng.standard_normal(n)
    else:
        y = (rng.random(n)[:, None] > softmax(b)[rows, z].cumsum(axis=1)).sum(axis=1)
    columns = features * rng.uniform(0.2, 5.0, d) + rng.uniform(-3.0, 3.0, d) if standardize else features
    return columns, y, 0.7 * truth + 0.4 * offset


def read_model(case, path):
    """The model on a data.csv, under the conventions of the product."""
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    X, y = table[:, :-1], table[:, -1]
    if case.get("standardize"):
        X = (X - X.mean(axis=0)) / X.std(axis=0)       # NumPy's std divides by n
    if case.get("intercept"):
        X = np.column_stack([X, np.ones(len(y))])
    if case["family"].endswith("logistic"):
        labels, y = np.unique(y, return_inverse=True)  # sorted by value
        assert len(labels) == case.get("classes", 2)
        y = 2.0 * y - 1 if case["family"] == "symmetric_logistic" else y
    return Model(case, X, y)


def write_expected(path, case, model, runs):
    """JSON, one iterate per line; Python writes the shortest digits that read back the same."""
    head = {key: case.get(key) for key in ("family", "experts", "classes", "noise", "sigma")}
    head |= {"ridge": model.ridge, **{key: case.get(key, False) for key in ("standardize", "intercept")}}
    texts = []
    for optimizer, params, thetas in runs:
        iterates = ",\n".join(f'"{t}": {json.dumps(thetas[t].tolist())}' for t in KEPT)
        losses = json.dumps({str(t): float(model.loss(thetas[t])) for t in (0, *KEPT)})
        texts.append(f'{{"optimizer": "{optimizer}", "params": {json.dumps(params)},\n'
                     f'"iterates": {{\n{iterates}}},\n"loss": {losses}}}')
    path.write_text(json.dumps(head)[:-1] + ', "runs": [\n' + ",\n".join(texts) + "\n]}\n")


def write_case(case, seed, folder):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    columns, y, theta0 = draw(case, rng)
    header = ",".join([f"x{j}" for j in range(case["d"])] + ["y"])
    formats = ["%.6f"] * case["d"] + ["%d" if y.dtype.kind == "i" else "%.6f"]
    np.savetxt(folder / "data.csv", np.column_stack([columns, y]), formats, ",", header=header, comments="")
    (folder / "theta0.csv").write_text("".join(f"{value!r}\n" for value in theta0.tolist()))
    model = read_model(case, folder / "data.csv")
    check_model(model, theta0)

    print(f"{case['name']}: n={model.n}, {model.d} columns, {model.size} parameters")
    runs, nudge = [], 1e-10 * rng.choice([-1.0, 1.0], model.size)
    for optimizer, params in configurations(case["step"]):
        thetas = trajectory(model, theta0, optimizer, params)
        growth = np.abs(trajectory(model, theta0 + nudge, optimizer, params) - thetas).max() / 1e-10
        losses, last_step = [model.loss(theta) for theta in thetas], np.abs(thetas[-1] - thetas[-2]).max()
        assert np.isfinite(thetas).all() and np.isfinite(losses).all() and losses[-1] < losses[0]
        assert optimizer in ("em", "mirror_descent") or last_step > 1e-12, "converged too early to compare"
        print(f"  {optimizer:16} {json.dumps(params):73} L {losses[0]:.4f} -> {losses[-1]:.6f}  max|theta| "
              f"{np.abs(thetas).max():5.2f}  last step {last_step:.0e}  error growth {growth:.1f}")
        runs.append((optimizer, params, thetas))
    check_model(model, runs[0][2][5])
    check_runs(model, runs)
    write_expected(folder / "expected.json", case, model, runs)


if __name__ == "__main__":
    target = pathlib.Path(__file__).resolve().parent / "cases"
    for number, case in enumerate(CASES):
        write_case(case, case.get("seed", number), target / case["name"])
    total = sum(file.stat().st_size for file in target.rglob("*.*"))
    assert total < 400_000
    print(f"{total / 1000:.0f} kB in {target}")
