"""What an optimizer in Python sees of the harness: `Problem`, and the errors that it may raise.

The plugin `python` runs this module as `harness_plugin` inside its interpreter; the functions `create` and `step` at the
end are what it calls. Functions of the C tables are called through ctypes, with the GIL held. Arrays of the data are
views of the harness's memory; parameters and gradients are handed over by address.
"""

import ctypes
import importlib.util
import inspect
import json
import os
import sys
from collections import namedtuple
from ctypes import POINTER, PYFUNCTYPE, Structure, byref, c_char, c_double, c_int32, c_size_t, c_uint32, c_uint64, c_void_p

# Codes of harness_plugin.h.
_FAILED, _CONFIG, _NUMERICAL, _UNSUPPORTED, _CANCELLED = 1, 2, 3, 4, 5
_CONVERGED = -1

_address_of = ctypes.addressof


class HarnessError(Exception):
    """A callback of the harness failed; it knows the reason already."""

    code = _FAILED


class NumericalError(HarnessError):
    """A numerical step has no result. Raise it for the optimizer's own failures of that kind, too."""

    code = _NUMERICAL


class Unsupported(HarnessError):
    """The optimizer does not apply to this problem: the unit is skipped with the message."""

    code = _UNSUPPORTED


class Cancelled(HarnessError):
    """The user ended the run."""

    code = _CANCELLED


class _Str(Structure):
    _fields_ = [("ptr", c_void_p), ("len", c_size_t)]

    def text(self):
        return ctypes.string_at(self.ptr, self.len).decode() if self.len else ""


class _Block(Structure):
    _fields_ = [("struct_size", c_size_t), ("name", _Str), ("kind", c_uint32), ("offset", c_size_t),
                ("rows", c_size_t), ("cols", c_size_t)]


class _Problem(Structure):
    _fields_ = [("struct_size", c_size_t), ("ctx", c_void_p), ("dim", c_size_t), ("n_rows", c_size_t),
                ("blocks", POINTER(POINTER(_Block))), ("n_blocks", c_size_t), ("value", c_void_p),
                ("value_gradient", c_void_p), ("get_extension", c_void_p)]


class _Model(Structure):
    _fields_ = [("struct_size", c_size_t), ("family", _Str), ("n_experts", c_size_t), ("n_classes", c_size_t),
                ("n_features", c_size_t), ("ridge", c_double), ("sigma", c_double)]


class _Batch(Structure):
    _fields_ = [("struct_size", c_size_t), ("next", c_void_p), ("value_gradient", c_void_p)]


class _Em(Structure):
    _fields_ = [("struct_size", c_size_t), ("n_components", c_size_t), ("e_step", c_void_p), ("m_step", c_void_p),
                ("surrogate", c_void_p), ("responsibilities", c_void_p)]


class _Mirror(Structure):
    _fields_ = [("struct_size", c_size_t), ("step", c_void_p)]


class _Data(Structure):
    _fields_ = [("struct_size", c_size_t), ("x", c_void_p), ("n_rows", c_size_t), ("n_features", c_size_t),
                ("row_stride", c_size_t), ("col_stride", c_size_t), ("target", c_void_p), ("labels", c_void_p),
                ("has_intercept", c_uint32)]


Block = namedtuple("Block", "name kind offset rows cols slice")
Model = namedtuple("Model", "family n_experts n_classes n_features ridge sigma")
Data = namedtuple("Data", "x target labels has_intercept")


def _function(address, *arguments):
    if not address:
        def missing(*_):
            raise Unsupported("this problem does not offer that function")
        return missing
    # PYFUNCTYPE keeps the GIL: a callback takes microseconds, and nobody else waits for it.
    return PYFUNCTYPE(c_int32, *[c_void_p if argument is None else argument for argument in arguments])(address)


class Problem:
    """Minimise L(theta), the mean negative log-likelihood plus ridge. Every call is counted in passes over the data.

    `dim` numbers in theta, `n_rows` training rows, `blocks` of theta, the `start` of the run (a copy), and `seed` for the
    optimizer's own randomness.
    """

    def __init__(self, table, start, seed, numpy):
        self._np = numpy
        raw = _Problem.from_address(table)
        self._ctx = raw.ctx
        self.dim, self.n_rows = raw.dim, raw.n_rows
        self.start, self.seed = start, seed
        self.blocks = []
        for i in range(raw.n_blocks):
            block = raw.blocks[i].contents
            end = block.offset + block.rows * block.cols
            kind = {1: "gate", 2: "expert", 3: "noise"}.get(block.kind, "other")
            self.blocks.append(
                Block(block.name.text(), kind, block.offset, block.rows, block.cols, slice(block.offset, end)))
        self._value = _function(raw.value, None, None, None)
        self._value_gradient = _function(raw.value_gradient, None, None, None, None)
        self._get_extension = PYFUNCTYPE(c_void_p, c_void_p, _Str)(raw.get_extension)
        self._number = c_double()
        self._number_at = ctypes.addressof(self._number)
        self._count = c_uint64()
        self._count_at = ctypes.addressof(self._count)
        self._tables = {}

    # ---- the objective

    def value(self, theta):
        """L(theta). Half a pass."""
        theta, at = self._vector(theta)
        self._check(self._value(self._ctx, at, self._number_at))
        return self._number.value

    def value_gradient(self, theta, out=None):
        """L(theta) and its gradient, written to `out` if that is given. One pass."""
        theta, at = self._vector(theta)
        gradient, gradient_at = self._output(out)
        status = self._value_gradient(self._ctx, at, self._number_at, gradient_at)
        if status:
            self._check(status)
        return self._number.value, gradient

    def batch_value_gradient(self, n, theta, out=None):
        """The same over the next `n` rows of the run's own shuffle. n / n_rows passes."""
        following, function = self._functions("harness.batch/1", _Batch, next=(None, c_size_t, None, None),
                                              value_gradient=(None, None, None, c_size_t, None, None))
        rows, count = c_void_p(), c_size_t()
        self._check(following(self._ctx, n, ctypes.addressof(rows), ctypes.addressof(count)))
        theta, at = self._vector(theta)
        gradient, gradient_at = self._output(out)
        self._check(function(self._ctx, at, rows.value, count.value, self._number_at, gradient_at))
        return self._number.value, gradient

    # ---- expectation maximisation

    def e_step(self, theta):
        """Computes and keeps the responsibilities at theta; returns L(theta). Half a pass."""
        theta, at = self._vector(theta)
        self._check(self._em()[0](self._ctx, at, self._number_at))
        return self._number.value

    def m_step(self, theta, tolerance=1e-12):
        """Overwrites theta by the minimiser of the surrogate under the kept responsibilities; inner iterations."""
        at = self._in_place(theta)
        self._check(self._em()[1](self._ctx, at, tolerance, self._count_at))
        return self._count.value

    def surrogate(self, phi):
        """Q(phi) under the kept responsibilities. Half a pass."""
        phi, at = self._vector(phi)
        self._check(self._em()[2](self._ctx, at, self._number_at, None))
        return self._number.value

    def surrogate_gradient(self, phi, out=None):
        """Q(phi) and its gradient under the kept responsibilities. One pass."""
        phi, at = self._vector(phi)
        gradient, gradient_at = self._output(out)
        self._check(self._em()[2](self._ctx, at, self._number_at, gradient_at))
        return self._number.value, gradient

    def responsibilities(self):
        """The kept responsibilities, n_rows x n_components (a copy)."""
        function = self._em()[3]
        out = self._np.empty((self.n_rows, self._tables["harness.em/1"][0].n_components))
        self._check(function(self._ctx, out.ctypes.data))
        return out

    def _em(self):
        return self._functions("harness.em/1", _Em, e_step=(None, None, None), m_step=(None, None, c_double, None),
                               surrogate=(None, None, None, None), responsibilities=(None, None))

    # ---- mirror descent, model, data

    def mirror_step(self, theta, step, tolerance=1e-12):
        """Overwrites theta by the projected mirror step; inner iterations."""
        function, = self._functions("harness.mirror/1", _Mirror, step=(None, None, c_double, c_double, None))
        self._check(function(self._ctx, self._in_place(theta), step, tolerance, self._count_at))
        return self._count.value

    @property
    def model(self):
        """Which model is fitted."""
        raw = self._extension("harness.model/1", _Model)
        return Model(raw.family.text(), raw.n_experts, raw.n_classes, raw.n_features, raw.ridge, raw.sigma)

    @property
    def data(self):
        """The training rows: views of the harness's memory, read-only; valid as long as the run."""
        raw = self._extension("harness.data/1", _Data)
        np = self._np

        def view(address, kind, dtype, *shape):
            if not address:
                return None
            size = 1
            for extent in shape:
                size *= extent
            array = np.frombuffer((kind * size).from_address(address), dtype=dtype).reshape(shape)
            array.flags.writeable = False
            return array

        x = view(raw.x, c_double, np.float64, raw.n_rows, raw.n_features)
        target = view(raw.target, c_double, np.float64, raw.n_rows)
        labels = view(raw.labels, c_uint32, np.uint32, raw.n_rows)
        return Data(x, target, labels, bool(raw.has_intercept))

    # ---- the boundary

    def _vector(self, array):
        """An array of `dim` numbers that C can read, and its address. A copy only where it must be."""
        np = self._np
        if type(array) is not np.ndarray or array.dtype != np.float64 or not array.flags.c_contiguous:
            array = np.ascontiguousarray(array, dtype=np.float64)
        if array.size != self.dim:
            raise ValueError(f"{array.size} numbers passed where {self.dim} are needed")
        try:
            return array, _address_of(c_char.from_buffer(array))
        except (TypeError, ValueError):  # read-only
            return array, array.ctypes.data

    def _in_place(self, array):
        np = self._np
        if type(array) is not np.ndarray or array.dtype != np.float64 or not array.flags.c_contiguous:
            raise TypeError("a contiguous NumPy array of float64 is needed, since it is overwritten")
        if array.size != self.dim:
            raise ValueError(f"{array.size} numbers passed where {self.dim} are needed")
        return _address_of(c_char.from_buffer(array))

    def _output(self, out):
        if out is None:
            out = self._np.empty(self.dim)
            return out, _address_of(c_char.from_buffer(out))
        return out, self._in_place(out)

    def _extension(self, name, structure):
        if name not in self._tables:
            encoded = name.encode()
            buffer = ctypes.create_string_buffer(encoded)
            address = self._get_extension(self._ctx, _Str(ctypes.addressof(buffer), len(encoded)))
            if not address:
                raise Unsupported(f"this problem does not offer `{name}`")
            self._tables[name] = (structure.from_address(address), {})
        return self._tables[name][0]

    def _functions(self, name, structure, **signatures):
        table = self._extension(name, structure)
        functions = self._tables[name][1]
        if not functions:
            for field, arguments in signatures.items():
                functions[field] = _function(getattr(table, field), *arguments)
        return tuple(functions.values())

    @staticmethod
    def _check(status):
        if status:
            raise {_NUMERICAL: NumericalError, _UNSUPPORTED: Unsupported, _CANCELLED: Cancelled}.get(status, HarnessError)


# ---- what the plugin calls


class _Config(Exception):
    """A value of the benchmark file that cannot be used."""


_message = ""


def last_message():
    return _message


def _report(error, file):
    """Keeps the words of an exception and returns its code."""
    global _message
    if isinstance(error, HarnessError):
        _message = str(error)
        return error.code
    if isinstance(error, _Config):
        _message = str(error)
        return _CONFIG
    place, trace = "", error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            place = f" ({os.path.basename(file)}:{trace.tb_lineno})"
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename == file:
        place = f" ({os.path.basename(file)}:{error.lineno})"
    _message = f"{type(error).__name__}: {error}{place}"
    return _FAILED


_modules = {}


def _module(file):
    if file not in _modules:
        folder = os.path.dirname(file)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        name = os.path.splitext(os.path.basename(file))[0]
        spec = importlib.util.spec_from_file_location(f"harness_optimizer_{name}", file)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        _modules[file] = module
    return _modules[file]


def _class(file, name):
    module = _module(file)
    here = {key: value for key, value in vars(module).items()
            if inspect.isclass(value) and value.__module__ == module.__name__ and callable(getattr(value, "step", None))}
    base = os.path.basename(file)
    if name:
        found = getattr(module, name, None)
        if not inspect.isclass(found) or not callable(getattr(found, "step", None)):
            raise _Config(f"{base} has no class `{name}` with a method `step`; it has: {', '.join(here) or 'none'}")
        return found
    if len(here) != 1:
        raise _Config(f"{base} has {len(here)} classes with a method `step`, so `class` must name one: "
                      f"{', '.join(here) or 'none'}")
    return next(iter(here.values()))


def _check_options(cls, options, file):
    parameters = list(inspect.signature(cls).parameters.values())[1:]  # without the problem
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    known = {parameter.name: parameter for parameter in parameters if parameter.kind is not parameter.VAR_POSITIONAL}
    shown = ", ".join(name if parameter.default is parameter.empty else f"{name} = {parameter.default!r}"
                      for name, parameter in known.items()) or "none"
    where = f"`{cls.__name__}` in {os.path.basename(file)}; it has: {shown}"
    for name in options:
        if name not in known:
            raise _Config(f"unknown hyper-parameter `{name}` for {where}")
    for name, parameter in known.items():
        if parameter.default is parameter.empty and name not in options:
            raise _Config(f"missing hyper-parameter `{name}` for {where}")


def _numpy():
    try:
        import numpy
    except ImportError as error:
        raise _Config(f"NumPy is needed and the Python at {sys.executable} has none ({error}): "
                      f"`{sys.executable} -m pip install numpy`, or name another Python in HARNESS_PYTHON") from None
    return numpy


def prepare(file, name):
    """Imports what a run needs, off the clock."""
    try:
        sys.stdout = sys.stderr  # stdout belongs to the harness
        _numpy()
        _class(file, name)
        return 0
    except BaseException as error:
        return _report(error, file)


def create(file, name, options, seed, table, start):
    """(status, address of theta, step function) of a new instance."""
    try:
        sys.stdout = sys.stderr
        numpy = _numpy()
        cls = _class(file, name)
        options = json.loads(options)
        _check_options(cls, options, file)
        dim = _Problem.from_address(table).dim
        begin = numpy.frombuffer((c_double * dim).from_address(start), dtype=numpy.float64).copy()
        problem = Problem(table, begin, seed, numpy)
        optimizer = cls(problem, **options)
        theta = numpy.zeros(dim)
        inner = optimizer.step

        def step():
            try:
                result = inner(theta)
                if result is None or result is False:
                    return 0
                if result is True:
                    return _CONVERGED
                theta[:] = result
                return 0
            except BaseException as error:
                return _report(error, file)

        return 0, _address_of(c_char.from_buffer(theta)) if dim else 0, step
    except BaseException as error:
        return _report(error, file), 0, None
