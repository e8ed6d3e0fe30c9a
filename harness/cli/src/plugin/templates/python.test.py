"""python3 test_@NAME@.py"""

import unittest

import numpy as np

from @NAME@ import @TYPE@


class Quadratic:
    """L(theta) = |theta|^2 / 2, whose gradient is theta."""

    dim = 2

    def value_gradient(self, theta, out=None):
        return 0.5 * float(theta @ theta), theta.copy()


class Test@TYPE@(unittest.TestCase):
    def test_a_quadratic_shrinks_by_one_minus_the_step(self):
        optimizer = @TYPE@(Quadratic(), step=0.5)
        theta = np.array([1.0, -2.0])
        for _ in range(3):
            optimizer.step(theta)
        np.testing.assert_array_equal(theta, [0.125, -0.25])


if __name__ == "__main__":
    unittest.main()
