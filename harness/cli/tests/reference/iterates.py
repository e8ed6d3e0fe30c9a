"""Reference iterates of the built-in optimizers, computed without the product.

This is an independent implementation of EM, gradient EM, gradient descent, Adam and projected mirror
descent on mixtures of experts. It was written from the formulas alone (Fruytier, Mokhtari, Sanghavi,
"Learning Mixtures of Experts with EM: A Mirror Descent Perspective", ICML 2025), not from the Rust code,
so that the two can be checked against each other. Speed is no aim; each quantity is taken from its
definition where that is possible:

* the loss is the mean negative log of the summed joint density, and the gradient that gradient descent
  and Adam follow is its complex-step derivative (exact to rounding, no formula to get wrong);
* gradient EM follows the analytic gradient of the surrogate Q;
* EM solves its M-step from the responsibilities;
* mirror descent never calls EM: it moves the mean parameters of each row, then projects them back.

Hence Fisher's identity (gradient EM with one inner step is gradient descent), Theorem 4.1 (mirror descent
with step 1 is EM), monotone descent and the stationarity of every projection are real tests. They are
asserted while the fixtures are made.

Run `python3 iterates.py` (needs NumPy only). It writes one folder per case to `cases/` beside this file:

    data.csv       x0,...,x{d-1},y, as the product would read it
    theta0.csv     the start, one number per line, in the order of theta
    expected.json  the model, and for every optimizer some iterates and losses (`null`: not of this family)

and prints for each run how the loss moved, the size of its last steps, and how much an error in theta0 is
amplified on the way to iteration 30, which bounds the tolerance that a comparison can ask for. Another BLAS
may move the last digits.
"""
import json
import pathlib
from dataclasses import dataclass

import numpy as np

KEPT = (1, 2, 5, 10, 20, 30)
HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)


# --- Functions that accept complex arguments, for the complex-step derivative --------------------------

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


def complex_step_gradient(f, theta, h=1e-30):
    """The gradient of an analytic f: Im f(theta + ih e_j) / h."""
    return np.array([f(theta + 1j * h * e).imag / h for e in np.eye(theta.size)])


# --- The model ---------------------------------------------------------------------------------------

@dataclass
class Model:
    """A mixture of experts on data. The symmetric families have two experts, z = +1 then z = -1, so that
    their gate w is the first of two softmax columns, the second being 0."""
    family: str
    X: np.ndarray
    y: np.ndarray              # real; -1 and +1 (symmetric_logistic); 0..c-1 (logistic)
    k: int = 2
    c: int | None = None
    noise: str | None = None   # linear: fixed, shared or per_expert
    sigma: float | None = None
    ridge: float = 0.0

    def __post_init__(self):
        self.n, self.d = self.X.shape
        d, k = self.d, self.k
        experts = {"linear": k * d, "logistic": k * d * ((self.c or 1) - 1)}.get(self.family, d)
        noise = {"shared": 1, "per_expert": k}.get(self.noise, 0)
        gate = d * (k - 1)
        self.size = gate + experts + noise
        self.blocks = {"gate": slice(0, gate), "experts": slice(gate, gate + experts),
                       "noise": slice(gate + experts, self.size)}
        self.symmetric = self.family.startswith("symmetric")

    def split(self, theta):
        return (theta[self.blocks[b]] for b in ("gate", "experts", "noise"))

    def predictors(self, theta):
        """Gate logits (n, k); expert predictors (n), (n, k) or (n, k, c); log sigma (k)."""
        gate, experts, noise = self.split(theta)
        a = self.X @ gate.reshape(self.k - 1, self.d).T
        a = np.concatenate([a, np.zeros((self.n, 1))], axis=1)
        if self.symmetric:
            b = self.X @ experts
        elif self.family == "linear":
            b = self.X @ experts.reshape(self.k, self.d).T
        else:
            b = np.einsum("nd,kcd->nkc", self.X, experts.reshape(self.k, self.c - 1, self.d))
            b = np.concatenate([b, np.zeros((self.n, self.k, 1))], axis=2)
        log_sigma = noise if noise.size else np.array([np.log(self.sigma or 1.0)])
        return a, b, log_sigma * np.ones(self.k)

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

    def penalty(self, theta):
        return 0.5 * self.ridge * (theta @ theta)

    def loss(self, theta):
        return -log_sum_exp(self.log_joint(theta)).mean() + self.penalty(theta)

    def loss_gradient(self, theta):
        return complex_step_gradient(self.loss, theta)

    def responsibilities(self, theta):
        """p(z | x, y; theta), by Bayes' rule."""
        return softmax(self.log_joint(theta))

    def surrogate(self, phi, r):
        """Q(phi | theta), where r are the responsibilities at theta."""
        return -(r * self.log_joint(phi)).sum(axis=1).mean() + self.penalty(phi)

    def surrogate_gradient(self, phi, r):
        """The gradient of Q(. | theta) at phi."""
        X, y, n = self.X, self.y, self.n
        a, b, log_sigma = self.predictors(phi)
        gate = (X.T @ (softmax(a) - r)[:, :-1] / n).T
        noise = np.zeros(0)
        if self.family == "symmetric_linear":
            experts = X.T @ (b - (2 * r[:, 0] - 1) * y) / n
        elif self.family == "symmetric_logistic":
            experts = X.T @ (sigmoid(b) - agreement(r, y)) / n
        elif self.family == "linear":
            residual, precision = y[:, None] - b, np.exp(-2 * log_sigma)
            experts = (-X.T @ (r * residual * precision) / n).T
            noise = (r * (1 - residual**2 * precision)).mean(axis=0)
            noise = {"shared": noise.sum(keepdims=True), "per_expert": noise}.get(self.noise, np.zeros(0))
        else:
            residual = r[:, :, None] * (softmax(b) - np.eye(self.c)[y][:, None, :])
            experts = np.einsum("nkc,nd->kcd", residual[:, :, :-1], X) / n
        return np.concatenate([gate.ravel(), experts.ravel(), noise]) + self.ridge * phi


def agreement(r, y):
    """P(zy = 1 | x, y) from r = P(z = 1 | x, y), for y in {-1, +1}."""
    return np.where(y > 0, r[:, 0], r[:, 1])


# --- Convex solvers ----------------------------------------------------------------------------------

def softmax_regression(X, targets, ridge, start):
    """argmin over B of mean[ s log sum exp(B'x) - targets . B'x ] + ridge/2 |B|^2, where s is the row sum of
    the targets and the last column of B is 0; by Newton's method, until the gradient stops falling.

    Targets may be negative (mirror descent beyond step 1): then the Hessian may fail to be positive definite,
    and the Cholesky factorization raises LinAlgError."""
    n, d = X.shape
    free, weight = targets.shape[1] - 1, targets.sum(axis=1)

    def logits(B):
        return np.concatenate([X @ B.reshape(free, d).T, np.zeros((n, 1))], axis=1)

    def objective(B):
        u = logits(B)
        return (weight * log_sum_exp(u) - (targets * u).sum(axis=1)).mean() + 0.5 * ridge * B @ B

    def gradient(B):
        residual = weight[:, None] * softmax(logits(B)) - targets
        return (X.T @ residual[:, :-1] / n).T.ravel() + ridge * B

    def hessian(B):
        p = softmax(logits(B))[:, :-1]
        curvature = weight[:, None, None] * (p[:, :, None] * np.eye(free) - p[:, :, None] * p[:, None, :])
        H = np.einsum("nce,nd,nf->cdef", curvature, X, X).reshape(free * d, free * d) / n
        return H + ridge * np.eye(free * d)

    B, g = start, gradient(start)
    for _ in range(200):
        H = hessian(B)
        np.linalg.cholesky(H)
        direction, t = -np.linalg.solve(H, g), 1.0
        far = np.linalg.norm(g) > 1e-7          # nearer, the objective is too coarse a judge
        while far and objective(B + t * direction) > objective(B) + 1e-4 * t * (g @ direction):
            t /= 2
        new_g = gradient(B + t * direction)
        if not far and np.linalg.norm(new_g) >= np.linalg.norm(g):
            break
        B, g = B + t * direction, new_g
    assert np.abs(g).max() < 1e-13, f"Newton stopped at a gradient of {np.abs(g).max():.1e}"
    return B


def least_squares(X, weight, moment, ridge):
    """[X' diag(weight) X / n + ridge I]^-1 X' moment / n; LinAlgError where that is not positive definite."""
    n, d = X.shape
    gram = X.T @ (weight[:, None] * X) / n + ridge * np.eye(d)
    np.linalg.cholesky(gram)
    return np.linalg.solve(gram, X.T @ moment / n)


# --- EM ----------------------------------------------------------------------------------------------

def em_step(model, theta):
    """E-step, then the minimizer of Q(. | theta)."""
    X, y, ridge = model.X, model.y, model.ridge
    gate, experts, noise = model.split(theta)
    r = model.responsibilities(theta)
    gate = softmax_regression(X, r, ridge, gate)
    if model.family == "symmetric_linear":
        experts = least_squares(X, np.ones(model.n), (2 * r[:, 0] - 1) * y, ridge)
    elif model.family == "symmetric_logistic":
        q = agreement(r, y)
        experts = softmax_regression(X, np.stack([q, 1 - q], axis=1), ridge, experts)
    elif model.family == "linear":
        # The ridge is not offered with an estimated sigma, so that sigma is the given one where it matters.
        scaled = ridge * model.sigma**2
        betas = [least_squares(X, r[:, i], r[:, i] * y, scaled) for i in range(model.k)]
        squares = r * (y[:, None] - X @ np.array(betas).T) ** 2
        if model.noise == "shared":
            noise = 0.5 * np.log([squares.sum() / model.n])
        elif model.noise == "per_expert":
            noise = 0.5 * np.log(squares.sum(axis=0) / r.sum(axis=0))
        experts = np.concatenate(betas)
    else:
        onehot = np.eye(model.c)[y]
        experts = np.concatenate([softmax_regression(X, r[:, [i]] * onehot, ridge, start)
                                  for i, start in enumerate(experts.reshape(model.k, -1))])
    return np.concatenate([gate, experts, noise])


# --- Projected mirror descent ------------------------------------------------------------------------
# Sufficient statistics S of the complete data given x, and their natural parameters:
#   symmetric_linear    1{z=1}, zy                          a, b
#   symmetric_logistic  1{z=1}, 1{zy=1}                     a, b
#   linear              1{z=i}, 1{z=i} y, 1{z=i} y^2        a_i - b_i^2/2s_i^2 - log s_i, b_i/s_i^2, -1/2s_i^2
#   logistic            1{z=i, y=j}                         a_i - log sum exp(b_i) + b_ij

def expected_statistics(model, theta):
    """E[S | x; theta] and E[S | x, y; theta], for every row."""
    a, b, log_sigma = model.predictors(theta)
    y, pi, r = model.y, softmax(a), model.responsibilities(theta)
    if model.family == "symmetric_linear":
        return np.stack([pi[:, 0], b]), np.stack([r[:, 0], (r[:, 0] - r[:, 1]) * y])
    if model.family == "symmetric_logistic":
        return np.stack([pi[:, 0], sigmoid(b)]), np.stack([r[:, 0], agreement(r, y)])
    if model.family == "linear":
        y = y[:, None]
        return np.stack([pi, pi * b, pi * (b**2 + np.exp(2 * log_sigma))]), np.stack([r, r * y, r * y**2])
    return pi[:, :, None] * softmax(b), r[:, :, None] * np.eye(model.c)[y][:, None, :]


def projection_objective(model, phi, mu, eta):
    """mean over x of A(phi_x) - <mu_x, phi_x>, and the ridge."""
    a, b, log_sigma = model.predictors(phi)
    if model.symmetric:
        log_partition = softplus(a[:, 0]) + (b**2 / 2 if model.family == "symmetric_linear" else softplus(b))
        product = mu[0] * a[:, 0] + mu[1] * b
    elif model.family == "linear":
        precision = np.exp(-2 * log_sigma)
        log_partition = log_sum_exp(a)
        natural = np.stack([a - 0.5 * b**2 * precision - log_sigma, b * precision,
                            -0.5 * precision * np.ones_like(b)])
        product = (mu * natural).sum(axis=(0, 2))
    else:
        natural = a[:, :, None] - log_sum_exp(b)[:, :, None] + b
        log_partition = log_sum_exp(natural.reshape(model.n, -1))
        product = (mu * natural).sum(axis=(1, 2))
    return (log_partition - product).mean() + eta * model.penalty(phi)


def project(model, mu, eta, start):
    """The Bregman projection of mean parameters mu on the model: argmin of projection_objective."""
    X, ridge = model.X, eta * model.ridge
    gate, experts, noise = model.split(start)
    if model.symmetric:
        gate = softmax_regression(X, np.stack([mu[0], 1 - mu[0]], axis=1), ridge, gate)
        if model.family == "symmetric_linear":
            experts = least_squares(X, np.ones(model.n), mu[1], ridge)
        else:
            experts = softmax_regression(X, np.stack([mu[1], 1 - mu[1]], axis=1), ridge, experts)
    elif model.family == "linear":
        V, first, second = mu
        gate = softmax_regression(X, V, ridge, gate)
        betas = [least_squares(X, V[:, i], first[:, i], ridge * model.sigma**2) for i in range(model.k)]
        b = X @ np.array(betas).T
        squares = (second - 2 * b * first + b**2 * V).sum(axis=0)
        if model.noise != "fixed":
            variance = squares.sum(keepdims=True) / model.n if model.noise == "shared" else squares / V.sum(axis=0)
            assert (variance > 0).all(), "the projection has no positive variance"
            noise = 0.5 * np.log(variance)
        experts = np.concatenate(betas)
    else:
        gate = softmax_regression(X, mu.sum(axis=2), ridge, gate)
        experts = np.concatenate([softmax_regression(X, mu[:, i], ridge, block)
                                  for i, block in enumerate(experts.reshape(model.k, -1))])
    return np.concatenate([gate, experts, noise])


def mirror_step(model, theta, eta):
    """Move each row's mean parameters by (1-eta) E[S|x] + eta E[S|x,y], and project."""
    prior, posterior = expected_statistics(model, theta)
    mu = (1 - eta) * prior + eta * posterior
    new = project(model, mu, eta, theta)
    residual = complex_step_gradient(lambda phi: projection_objective(model, phi, mu, eta), new)
    assert np.abs(residual).max() < 1e-13, f"the projection left a gradient of {np.abs(residual).max():.1e}"
    return new


# --- Optimizers: each yields theta^1, theta^2, ... ---------------------------------------------------

def step_vector(model, params):
    """The step size of every coordinate: `step`, overridden per block by `step_<block>`."""
    steps = np.full(model.size, params.get("step", np.nan))
    for block, where in model.blocks.items():
        steps[where] = params.get(f"step_{block}", params.get("step"))
    return steps


def em(model, theta, params):
    while True:
        theta = em_step(model, theta)
        yield theta


def mirror_descent(model, theta, params):
    while True:
        theta = mirror_step(model, theta, params["step"])
        yield theta


def gradient_em(model, theta, params):
    steps = step_vector(model, params)
    while True:
        r = model.responsibilities(theta)
        for _ in range(params["inner_steps"]):
            theta = theta - steps * model.surrogate_gradient(theta, r)
        yield theta


def gradient_descent(model, theta, params):
    steps, mu, kind = step_vector(model, params), params.get("mu", 0.0), params.get("momentum", "none")
    previous = theta
    while True:
        velocity = mu * (theta - previous)
        at = theta + velocity if kind == "nesterov" else theta
        previous, theta = theta, theta + velocity - steps * model.loss_gradient(at)
        yield theta


def adam(model, theta, params):
    steps = step_vector(model, params)
    beta1, beta2, epsilon = params.get("beta1", 0.9), params.get("beta2", 0.999), params.get("epsilon", 1e-8)
    m, v, t = np.zeros(model.size), np.zeros(model.size), 0
    while True:
        g, t = model.loss_gradient(theta), t + 1
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        theta = theta - steps * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        yield theta


OPTIMIZERS = {f.__name__: f for f in (em, mirror_descent, gradient_em, gradient_descent, adam)}


def trajectory(model, theta0, optimizer, params):
    """theta^0 .. theta^30."""
    iterates = OPTIMIZERS[optimizer](model, theta0, params)
    return [theta0] + [next(iterates) for _ in range(max(KEPT))]


# --- Checks against definitions ----------------------------------------------------------------------

def close(a, b, tolerance):
    return np.abs(np.asarray(a) - b).max() <= tolerance * (1 + np.abs(b).max())


def check_model(model, theta):
    """Gradients, posteriors and mirror steps at one theta."""
    gradient, r = model.loss_gradient(theta), model.responsibilities(theta)
    h = 1e-5
    differences = [(model.loss(theta + h * e) - model.loss(theta - h * e)) / (2 * h) for e in np.eye(model.size)]
    assert close(differences, gradient, 1e-8), "complex step against differences"
    assert close(model.surrogate_gradient(theta, r), gradient, 1e-13), "Fisher's identity"
    phi = theta + 0.1 * np.cos(np.arange(model.size))
    surrogate = complex_step_gradient(lambda p: model.surrogate(p, r), phi)
    assert close(model.surrogate_gradient(phi, r), surrogate, 1e-13), "gradient of Q"

    a, b, log_sigma = model.predictors(theta)
    if model.family == "symmetric_linear":
        assert close(r[:, 0], sigmoid(a[:, 0] + 2 * model.y * b), 1e-14)
    if model.family == "symmetric_logistic":
        assert close(r[:, 0], sigmoid(a[:, 0] + model.y * b), 1e-14)
        assert close(agreement(r, model.y), sigmoid(b + model.y * a[:, 0]), 1e-14)

    prior, posterior = expected_statistics(model, theta)
    for eta in (0.5, 1.0, 1.5):
        mu = (1 - eta) * prior + eta * posterior
        at_theta = complex_step_gradient(lambda phi: projection_objective(model, phi, mu, eta), theta)
        assert close(at_theta, eta * gradient, 1e-13), "the projection must start along the gradient of L"
        new = mirror_step(model, theta, eta)
        if model.symmetric and model.ridge == 0:   # Theorem 5.1: grad A(new) = grad A(theta) - eta grad L(theta)
            mirror_map = lambda phi: projection_objective(model, phi, np.zeros_like(mu), eta)
            moved = complex_step_gradient(mirror_map, theta) - eta * gradient
            assert close(complex_step_gradient(mirror_map, new), moved, 1e-13), "Theorem 5.1"
        if model.family == "linear" and model.noise == "per_expert":   # the variance, not through raw moments
            new_b, pi, y = model.predictors(new)[1], softmax(a), model.y[:, None]
            spread = (1 - eta) * pi * ((b - new_b) ** 2 + np.exp(2 * log_sigma)) + eta * r * (y - new_b) ** 2
            V = (1 - eta) * pi + eta * r
            variance = spread.sum(axis=0) / V.sum(axis=0)
            assert close(np.exp(2 * model.predictors(new)[2]), variance, 1e-13)
    assert close(mirror_step(model, theta, 1.0), em_step(model, theta), 1e-12), "Theorem 4.1"


def check_runs(model, runs):
    """Relations between whole runs. `runs` is a list of (optimizer, params, thetas)."""
    def thetas(optimizer, **params):
        return next(t for o, p, t in runs if o == optimizer and p == params)

    step = next(p["step"] for o, p, _ in runs if o == "gradient_em" and p["inner_steps"] == 1)
    assert close(thetas("em"), np.array(thetas("mirror_descent", step=1.0)), 1e-11), "mirror step 1 is EM"
    assert close(thetas("gradient_em", step=step, inner_steps=1), np.array(thetas("gradient_descent", step=step)),
                 1e-11), "gradient EM with one step is gradient descent"
    for before, after in zip(thetas("em"), thetas("em")[1:]):
        r = model.responsibilities(before)
        bound = model.surrogate(before, r) - model.surrogate(after, r)
        assert bound > -1e-14 and model.loss(before) - model.loss(after) >= bound - 1e-14, "descent of EM"
    half = [model.loss(t) for t in thetas("mirror_descent", step=0.5)]
    assert (np.diff(half) < 1e-14).all(), "monotone descent of mirror descent"


# --- Cases -------------------------------------------------------------------------------------------

CASES = [
    dict(name="symmetric_linear", family="symmetric_linear", n=80, d=3, step=0.4),
    dict(name="symmetric_linear_ridge", family="symmetric_linear", n=60, d=2, ridge=0.05, step=0.4,
         standardize=True, intercept=True),
    dict(name="symmetric_logistic", family="symmetric_logistic", n=100, d=3, step=1.0),
    # Labels 2 and 10: sorted as numbers, 2 is y = -1.
    dict(name="symmetric_logistic_ridge", family="symmetric_logistic", n=90, d=3, ridge=0.05, step=1.0,
         standardize=True, intercept=True, labels=(2, 10)),
    dict(name="linear_2_fixed_ridge", family="linear", n=70, d=3, experts=2, noise="fixed", sigma=0.7,
         ridge=0.02, step=0.3),
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


def optimizer_configurations(step):
    """Every optimizer with the parameters it is run with, as in a benchmark's YAML."""
    blocks = {"step": step, "step_gate": 2 * step, "step_experts": 0.75 * step}   # `step` is left for the noise
    return [
        ("em", {}),
        ("gradient_em", {"step": step, "inner_steps": 1}),
        ("gradient_em", {"step": step, "inner_steps": 5}),
        ("gradient_em", {**blocks, "inner_steps": 3}),
        ("gradient_descent", {"step": step}),
        ("gradient_descent", {"step": step, "momentum": "heavy_ball", "mu": 0.8}),
        ("gradient_descent", {"step": step, "momentum": "nesterov", "mu": 0.8}),
        ("gradient_descent", blocks),
        ("adam", {"step": 0.05}),
        ("adam", {"step": 0.02, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-4}),
        ("mirror_descent", {"step": 0.5}),
        ("mirror_descent", {"step": 1.0}),
        ("mirror_descent", {"step": 1.5}),
    ]


def draw_data(case, rng):
    """Raw columns and target, drawn from the case's own model with parameters of moderate size."""
    n, d = case["n"], case["d"]
    features = rng.standard_normal((n, d))
    X = np.column_stack([features, np.ones(n)]) if case.get("intercept") else features
    model = make_model(case, X, np.zeros(n, dtype=int))
    truth = rng.standard_normal(model.size)
    truth[model.blocks["noise"]] = np.log(0.7)
    a, b, log_sigma = model.predictors(truth)
    z = (rng.random(n)[:, None] > softmax(a).cumsum(axis=1)).sum(axis=1)
    sign, rows = 1 - 2 * z, np.arange(n)
    if case["family"] == "symmetric_linear":
        y = sign * b + rng.standard_normal(n)
    elif case["family"] == "symmetric_logistic":
        y = np.where(rng.random(n) < sigmoid(sign * b), *reversed(case.get("labels", (0, 1))))
    elif case["family"] == "linear":
        y = b[rows, z] + np.exp(log_sigma[z]) * rng.standard_normal(n)
    else:
        y = (rng.random(n)[:, None] > softmax(b)[rows, z].cumsum(axis=1)).sum(axis=1)
    if case.get("standardize"):
        features = features * rng.uniform(0.2, 5.0, d) + rng.uniform(-3.0, 3.0, d)
    return features, y


def make_model(case, X, y):
    return Model(case["family"], X, y, case.get("experts", 2), case.get("classes"), case.get("noise"),
                 case.get("sigma"), case.get("ridge", 0.0))


def read_model(case, path):
    """The model on a data.csv, under the conventions of the product."""
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    X, y = table[:, :-1], table[:, -1]
    if case.get("standardize"):
        X = (X - X.mean(axis=0)) / X.std(axis=0)      # NumPy's std divides by n
    if case.get("intercept"):
        X = np.column_stack([X, np.ones(len(y))])
    if case["family"].endswith("logistic"):
        labels, y = np.unique(y, return_inverse=True)  # sorted by value
        assert len(labels) == case.get("classes", 2)
        y = 2.0 * y - 1 if case["family"] == "symmetric_logistic" else y
    return make_model(case, X, y)


def write_expected(path, case, model, runs):
    """JSON, one iterate per line; Python writes the shortest digits that read back the same."""
    head = {key: case.get(key) for key in ("family", "experts", "classes", "noise", "sigma")}
    head["classes"] = 2 if case["family"] == "symmetric_logistic" else head["classes"]
    head.update(ridge=model.ridge, standardize=case.get("standardize", False),
                intercept=case.get("intercept", False))
    lines = []
    for optimizer, params, thetas in runs:
        iterates = ",\n".join(f'  "{t}": {json.dumps(thetas[t].tolist())}' for t in KEPT)
        losses = json.dumps({str(t): float(model.loss(thetas[t])) for t in (0, *KEPT)})
        lines.append(f' {{"optimizer": "{optimizer}", "params": {json.dumps(params)},\n'
                     f'  "iterates": {{\n{iterates}}},\n  "loss": {losses}}}')
    path.write_text(json.dumps(head)[:-1] + ', "runs": [\n' + ",\n".join(lines) + "\n]}\n")
    json.loads(path.read_text())


def write_case(case, seed, folder):
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    features, y = draw_data(case, rng)
    header = ",".join([f"x{j}" for j in range(case["d"])] + ["y"])
    formats = ["%.6f"] * case["d"] + ["%d" if y.dtype.kind == "i" else "%.6f"]
    np.savetxt(folder / "data.csv", np.column_stack([features, y]), formats, ",", header=header, comments="")

    model = read_model(case, folder / "data.csv")
    theta0 = 0.5 * rng.standard_normal(model.size)
    theta0[model.blocks["noise"]] *= 0.3
    (folder / "theta0.csv").write_text("".join(f"{float(v)!r}\n" for v in theta0))
    check_model(model, theta0)
    nudge = 1e-10 * rng.choice([-1.0, 1.0], model.size)

    print(f"{case['name']}: n={model.n} columns={model.d} parameters={model.size}")
    runs = []
    for optimizer, params in optimizer_configurations(case["step"]):
        thetas = trajectory(model, theta0, optimizer, params)
        nudged = trajectory(model, theta0 + nudge, optimizer, params)
        losses = np.array([model.loss(t) for t in thetas])
        assert np.isfinite(losses).all() and np.isfinite(thetas).all() and losses[-1] < losses[0]
        last_step = np.abs(thetas[-1] - thetas[-2]).max()
        assert optimizer in ("em", "mirror_descent") or last_step > 1e-12, "converged too early to compare"
        amplification = max(np.abs(u - v).max() for u, v in zip(thetas, nudged)) / 1e-10
        print(f"  {optimizer:16} {json.dumps(params):75} loss {losses[0]:.4f} -> {losses[-1]:.6f}  rises "
              f"{(np.diff(losses) > 1e-13).sum():2}  max|theta| {np.abs(thetas).max():5.2f}  last step "
              f"{last_step:.0e}  amplification {amplification:.1f}")
        runs.append((optimizer, params, thetas))
    check_model(model, runs[0][2][5])
    check_runs(model, runs)
    write_expected(folder / "expected.json", case, model, runs)


if __name__ == "__main__":
    target = pathlib.Path(__file__).resolve().parent / "cases"
    for number, case in enumerate(CASES):
        write_case(case, case.get("seed", number), target / case["name"])
    total = sum(f.stat().st_size for f in target.rglob("*") if f.is_file())
    print(f"{total / 1000:.0f} kB in {target}")
    assert total < 400_000
