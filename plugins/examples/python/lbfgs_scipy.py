"""L-BFGS-B of SciPy, one outer iteration of its own at a time.

scipy.optimize.minimize runs a whole optimization and does not return in between. It runs here in a thread of its own,
which hands every evaluation over to the thread that called `step`: callbacks of the harness are allowed only there.
"""

import threading

import numpy as np
from scipy.optimize import minimize


class Lbfgs:
    def __init__(self, problem, memory=10, tolerance=1e-12):
        self.problem = problem
        self.options = {"maxcor": memory, "maxiter": 10**9, "maxfun": 10**9, "ftol": 0.0, "gtol": tolerance}
        self.point = None      # where an evaluation is wanted, or the new iterate
        self.answer = None     # what the evaluation gave, or the exception that it raised
        self.event = None      # "evaluate", "iterate", "end"
        self.turn = threading.Semaphore(0), threading.Semaphore(0)  # of the harness, of SciPy
        self.is_started = False

    def step(self, theta):
        if not self.is_started:
            self.is_started = True
            threading.Thread(target=self.run, args=(theta.copy(),), daemon=True).start()
        else:
            self.turn[1].release()
        while True:
            self.turn[0].acquire()
            if self.event == "evaluate":
                try:
                    value, gradient = self.problem.value_gradient(self.point)
                    self.answer = value, gradient
                except Exception as error:
                    self.answer = error
                    self.turn[1].release()
                    raise
                self.turn[1].release()
            else:
                theta[:] = self.point
                return self.event == "end"

    def run(self, start):
        try:
            result = minimize(self.evaluate, start, jac=True, method="L-BFGS-B", callback=self.iterate,
                              options=self.options)
            self.point = result.x
        except StopIteration:
            pass
        self.event = "end"
        self.turn[0].release()

    def evaluate(self, point):
        self.hand_over("evaluate", point)
        if isinstance(self.answer, Exception):
            raise StopIteration
        return self.answer

    def iterate(self, point):
        self.hand_over("iterate", point)

    def hand_over(self, event, point):
        self.event, self.point = event, np.array(point)
        self.turn[0].release()
        self.turn[1].acquire()
