"""An optimizer of PyTorch: torch.optim.Adam, or any other of torch.optim by name.

The parameter of PyTorch shares its memory with theta, so nothing is copied but what Adam itself copies.
"""

import torch


class TorchOptimizer:
    def __init__(self, problem, name="Adam", step=0.01, **options):
        torch.set_num_threads(1)
        self.problem = problem
        self.make = lambda parameters: getattr(torch.optim, name)(parameters, lr=step, **options)
        self.optimizer = None

    def step(self, theta):
        if self.optimizer is None:  # theta is the same array in every step
            self.parameter = torch.from_numpy(theta).requires_grad_()
            self.optimizer = self.make([self.parameter])
        _, gradient = self.problem.value_gradient(theta)
        self.parameter.grad = torch.from_numpy(gradient)
        self.optimizer.step()
