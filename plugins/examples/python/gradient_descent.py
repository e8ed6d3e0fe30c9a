"""Gradient descent: theta+ = theta - step * grad L(theta)."""


class GradientDescent:
    def __init__(self, problem, step=0.1):
        self.problem = problem
        self.step_size = step

    def step(self, theta):
        _, gradient = self.problem.value_gradient(theta)
        theta -= self.step_size * gradient
