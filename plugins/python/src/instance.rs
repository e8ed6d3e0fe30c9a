//! One Python object at work: its `step`, and the NumPy array that it sees as θ.

use std::ffi::c_long;

use harness_plugin_api::abi::{HARNESS_ERR_CONFIG, HARNESS_ERR_FAILED, HarnessHost, HarnessStatus};

use crate::Settings;
use crate::python::{Gil, Object, Python};

/// What `bridge.py` returns for a converged step.
const CONVERGED: c_long = -1;

/// Why a call ended without a result; no message where the host knows the words.
pub(crate) struct Stopped {
    pub(crate) status: HarnessStatus,
    pub(crate) message: String,
}

/// A running optimizer.
pub(crate) struct Instance {
    pub(crate) host: HarnessHost,
    python: &'static Python,
    step: *mut Object,
    theta: *mut f64,
    dim: usize,
}

/// Imports NumPy and the file, so that a run's clock does not pay for it.
pub(crate) fn prepare(file: &str, class: &str) -> Result<(), Stopped> {
    let python = start()?;
    let gil = python.gil();
    let result = python.call(&gil, python.prepare, &[Argument::Text(file), Argument::Text(class)])?;
    // SAFETY: an integer, by the contract of `bridge.py`; the GIL is held.
    let status = unsafe { python.take_long(result) };
    python.check(&gil, status)
}

fn start() -> Result<&'static Python, Stopped> {
    Python::get().map_err(|message| Stopped { status: HARNESS_ERR_CONFIG, message })
}

impl Instance {
    pub(crate) fn new(
        host: HarnessHost,
        settings: &Settings<'_>,
        seed: u64,
        (problem, start_at): (u64, u64),
        dim: usize,
    ) -> Result<Self, Stopped> {
        let python = start()?;
        let gil = python.gil();
        let arguments = [
            Argument::Text(settings.file),
            Argument::Text(settings.class),
            Argument::Text(settings.options),
            Argument::Number(seed),
            Argument::Number(problem),
            Argument::Number(start_at),
        ];
        let result = python.call(&gil, python.create, &arguments)?;
        let api = &python.api;
        // SAFETY: a tuple of two integers and a function, by the contract of `bridge.py`; the GIL is held.
        let (status, address, step) = unsafe {
            let status = (api.PyLong_AsLong)((api.PyTuple_GetItem)(result, 0));
            let address = (api.PyLong_AsUnsignedLongLong)((api.PyTuple_GetItem)(result, 1));
            let step = (api.PyTuple_GetItem)(result, 2);
            (api.Py_IncRef)(step);
            (api.Py_DecRef)(result);
            (status, address, step)
        };
        let instance = Self { host, python, step, theta: address as *mut f64, dim };
        drop_gil_after(gil, |gil| python.check(gil, status))?;
        Ok(instance)
    }

    /// Takes a step; true if it was the last.
    ///
    /// # Safety
    ///
    /// `theta` holds `dim` numbers that may be written until the call returns.
    pub(crate) unsafe fn step(&self, theta: *mut f64) -> Result<bool, Stopped> {
        let gil = self.python.gil();
        // SAFETY: the array of `bridge.py` has `dim` numbers and lives as long as its function `step`.
        unsafe { std::ptr::copy_nonoverlapping(theta, self.theta, self.dim) };
        // SAFETY: a function without arguments; the GIL is held.
        let result = unsafe { (self.python.api.PyObject_CallObject)(self.step, std::ptr::null_mut()) };
        let status = if result.is_null() {
            return Err(self.python.broken(&gil));
        } else {
            // SAFETY: an integer, by the contract of `bridge.py`; the GIL is held.
            unsafe { self.python.take_long(result) }
        };
        if status > 0 {
            self.python.check(&gil, status)?;
        }
        // SAFETY: as above.
        unsafe { std::ptr::copy_nonoverlapping(self.theta, theta, self.dim) };
        Ok(status == CONVERGED)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _gil = self.python.gil();
        // SAFETY: our own reference; the GIL is held.
        unsafe { (self.python.api.Py_DecRef)(self.step) };
    }
}

/// Looks at a status while the GIL is held, and lets it go before the result is used.
fn drop_gil_after<T>(gil: Gil<'_>, body: impl FnOnce(&Gil<'_>) -> T) -> T {
    let result = body(&gil);
    drop(gil);
    result
}

/// An argument of a function of `bridge.py`.
enum Argument<'a> {
    Text(&'a str),
    Number(u64),
}

impl Python {
    fn call(&self, gil: &Gil<'_>, function: *mut Object, arguments: &[Argument<'_>]) -> Result<*mut Object, Stopped> {
        let api = &self.api;
        // SAFETY: the GIL is held; the tuple takes over the references of its items.
        let result = unsafe {
            let tuple = (api.PyTuple_New)(arguments.len().cast_signed());
            for (i, argument) in arguments.iter().enumerate() {
                let item = match argument {
                    Argument::Text(text) => {
                        (api.PyUnicode_FromStringAndSize)(text.as_ptr().cast(), text.len().cast_signed())
                    }
                    Argument::Number(number) => (api.PyLong_FromUnsignedLongLong)(*number),
                };
                (api.PyTuple_SetItem)(tuple, i.cast_signed(), item);
            }
            let result = (api.PyObject_CallObject)(function, tuple);
            (api.Py_DecRef)(tuple);
            result
        };
        if result.is_null() { Err(self.broken(gil)) } else { Ok(result) }
    }

    /// # Safety
    ///
    /// `object` is an integer that belongs to the caller, and the GIL is held.
    unsafe fn take_long(&self, object: *mut Object) -> c_long {
        // SAFETY: by the caller's promise.
        unsafe {
            let number = (self.api.PyLong_AsLong)(object);
            (self.api.Py_DecRef)(object);
            number
        }
    }

    /// The error of a status, in the words that `bridge.py` has kept.
    fn check(&self, gil: &Gil<'_>, status: c_long) -> Result<(), Stopped> {
        if status == 0 {
            return Ok(());
        }
        let message = self.call(gil, self.last_message, &[])?;
        let mut len = 0;
        // SAFETY: a text that lives until its reference is given up; the GIL is held.
        let text = unsafe {
            let pointer = (self.api.PyUnicode_AsUTF8AndSize)(message, &raw mut len);
            let text = if pointer.is_null() {
                String::new()
            } else {
                let bytes = std::slice::from_raw_parts(pointer.cast::<u8>(), len.cast_unsigned());
                String::from_utf8_lossy(bytes).into_owned()
            };
            (self.api.Py_DecRef)(message);
            text
        };
        Err(Stopped { status: HarnessStatus::try_from(status).unwrap_or(HARNESS_ERR_FAILED), message: text })
    }

    /// An exception that `bridge.py` did not catch.
    fn broken(&self, _gil: &Gil<'_>) -> Stopped {
        // SAFETY: the GIL is held.
        unsafe { (self.api.PyErr_Print)() };
        let message = "the bridge to Python failed; Python says why on stderr".to_owned();
        Stopped { status: HARNESS_ERR_FAILED, message }
    }
}
