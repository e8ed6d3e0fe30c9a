"""@NAME@: gradient descent with a constant step. Replace this by your method.

theta+ = theta - step * grad L(theta), where L is the mean negative log-likelihood plus ridge. One pass over the data per
step. Keyword arguments are hyper-parameters: `{ use: python, file: @NAME@.py, step: 0.1 }`.
"""


class @TYPE@:
    def __init__(self, problem, step=0.1):
        self.problem = problem
        self.step_size = step

    def step(self, theta):
        """Overwrites theta; returns True where the method has converged."""
        value, gradient = self.problem.value_gradient(theta)
        theta -= self.step_size * gradient
