//! An interpreter inside this process: found and loaded at run time, so that the harness builds and runs without one.

use std::ffi::{CString, c_char, c_int, c_long, c_void};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A Python object; only ever handled by pointer.
pub(crate) enum Object {}

macro_rules! api {
    ($($name:ident: fn($($argument:ty),*) -> $result:ty),+ $(,)?) => {
        /// Functions of Python's C API, all of its stable part.
        #[expect(non_snake_case, reason = "their own names")]
        pub(crate) struct Api {
            $(pub(crate) $name: unsafe extern "C" fn($($argument),*) -> $result),+
        }

        impl Api {
            fn resolve(library: &libloading::os::unix::Library) -> Result<Self, String> {
                Ok(Self {
                    $($name: {
                        // SAFETY: the signature is the one in Python's documentation.
                        let symbol = unsafe { library.get(concat!(stringify!($name), "\0").as_bytes()) };
                        *symbol.map_err(|_| format!("it has no `{}`", stringify!($name)))?
                    }),+
                })
            }
        }
    };
}

type ObjectPointer = *mut Object;

api! {
    Py_InitializeEx: fn(c_int) -> (),
    Py_IsInitialized: fn() -> c_int,
    PyEval_SaveThread: fn() -> *mut c_void,
    PyGILState_Ensure: fn() -> c_int,
    PyGILState_Release: fn(c_int) -> (),
    Py_CompileString: fn(*const c_char, *const c_char, c_int) -> ObjectPointer,
    PyImport_ExecCodeModule: fn(*const c_char, ObjectPointer) -> ObjectPointer,
    PyObject_GetAttrString: fn(ObjectPointer, *const c_char) -> ObjectPointer,
    PyObject_CallObject: fn(ObjectPointer, ObjectPointer) -> ObjectPointer,
    PyTuple_New: fn(isize) -> ObjectPointer,
    PyTuple_SetItem: fn(ObjectPointer, isize, ObjectPointer) -> c_int,
    PyTuple_GetItem: fn(ObjectPointer, isize) -> ObjectPointer,
    PyLong_FromUnsignedLongLong: fn(u64) -> ObjectPointer,
    PyLong_AsUnsignedLongLong: fn(ObjectPointer) -> u64,
    PyLong_AsLong: fn(ObjectPointer) -> c_long,
    PyUnicode_FromStringAndSize: fn(*const c_char, isize) -> ObjectPointer,
    PyUnicode_AsUTF8AndSize: fn(ObjectPointer, *mut isize) -> *const c_char,
    PyErr_Print: fn() -> (),
    Py_IncRef: fn(ObjectPointer) -> (),
    Py_DecRef: fn(ObjectPointer) -> (),
}

/// The interpreter, and the functions of `bridge.py`.
pub(crate) struct Python {
    pub(crate) api: Api,
    pub(crate) prepare: ObjectPointer,
    pub(crate) create: ObjectPointer,
    pub(crate) last_message: ObjectPointer,
}

// SAFETY: objects are used with the GIL held, which `Gil` proves.
unsafe impl Send for Python {}
// SAFETY: as above.
unsafe impl Sync for Python {}

/// The right to touch objects.
pub(crate) struct Gil<'a> {
    api: &'a Api,
    state: c_int,
}

impl Drop for Gil<'_> {
    fn drop(&mut self) {
        // SAFETY: the state came from `PyGILState_Ensure` on this thread.
        unsafe { (self.api.PyGILState_Release)(self.state) };
    }
}

const PROBE: &str = r#"
import os, sys, sysconfig
v = lambda name: sysconfig.get_config_var(name) or ""
short = "%d.%d" % sys.version_info[:2]
print(sys.executable)
print(short)
print(sys.version_info >= (3, 8))
names = [v("INSTSONAME"), v("LDLIBRARY"), "libpython%s.so.1.0" % short, "libpython%s.so" % short, "libpython%s.dylib" % short]
folders = [v("LIBDIR"), os.path.join(v("LIBDIR"), v("MULTIARCH")), os.path.join(sys.base_prefix, "lib"), v("LIBPL"),
           v("PYTHONFRAMEWORKPREFIX")]
for folder in folders:
    for name in names:
        path = os.path.join(folder, name)
        if folder and name and not name.endswith(".a") and os.path.isfile(path):
            print(os.path.realpath(path))
"#;

impl Python {
    /// The interpreter, started on first use; it stays until the process ends.
    ///
    /// # Errors
    ///
    /// There is none, or it cannot be loaded: in words that say what to do.
    pub(crate) fn get() -> Result<&'static Self, String> {
        static PYTHON: OnceLock<Result<Python, String>> = OnceLock::new();
        PYTHON.get_or_init(Self::start).as_ref().map_err(Clone::clone)
    }

    /// Takes the GIL.
    pub(crate) fn gil(&self) -> Gil<'_> {
        // SAFETY: the interpreter is initialised.
        Gil { api: &self.api, state: unsafe { (self.api.PyGILState_Ensure)() } }
    }

    fn start() -> Result<Self, String> {
        let found = find()?;
        // Global, since extension modules such as NumPy's expect to find Python's symbols.
        let flags = libloading::os::unix::RTLD_NOW | libloading::os::unix::RTLD_GLOBAL;
        // SAFETY: loading runs the library's initialisers: those of the Python that the user has chosen.
        let library = unsafe { libloading::os::unix::Library::open(Some(&found.library), flags) };
        let refuse = |reason: String| format!("cannot use {}: {reason}", found.library.display());
        let library = library.map_err(|error| refuse(error.to_string()))?;
        let api = Api::resolve(&library).map_err(refuse)?;
        // SAFETY: Python is not initialised yet, and the calls are in the order that its documentation gives.
        unsafe {
            if (api.Py_IsInitialized)() == 0 {
                // Without it a virtual environment would not be recognised. Gone from later versions, which guess.
                type SetProgramName = unsafe extern "C" fn(*const u32);
                if let Ok(set_name) = library.get::<SetProgramName>(b"Py_SetProgramName\0") {
                    let name: Vec<u32> = found.executable.chars().map(u32::from).chain([0]).collect();
                    set_name(Box::leak(name.into_boxed_slice()).as_ptr());
                }
                (api.Py_InitializeEx)(0); // 0: signals belong to the harness
                (api.PyEval_SaveThread)();
            }
        }
        std::mem::forget(library);
        let mut python = Self {
            api,
            prepare: std::ptr::null_mut(),
            create: std::ptr::null_mut(),
            last_message: std::ptr::null_mut(),
        };
        python.import_bridge()?;
        Ok(python)
    }

    fn import_bridge(&mut self) -> Result<(), String> {
        const FILE_INPUT: c_int = 257; // Py_file_input
        let source = CString::new(include_str!("bridge.py")).map_err(|error| error.to_string())?;
        let state = {
            // SAFETY: the interpreter is initialised.
            unsafe { (self.api.PyGILState_Ensure)() }
        };
        let names = [c"prepare", c"create", c"last_message"];
        let mut functions = [std::ptr::null_mut(); 3];
        // SAFETY: the GIL is held; texts are terminated and live for the calls; null is checked.
        unsafe {
            let code = (self.api.Py_CompileString)(source.as_ptr(), c"harness_plugin.py".as_ptr(), FILE_INPUT);
            if !code.is_null() {
                let module = (self.api.PyImport_ExecCodeModule)(c"harness_plugin".as_ptr(), code);
                if !module.is_null() {
                    functions = names.map(|name| (self.api.PyObject_GetAttrString)(module, name.as_ptr()));
                }
            }
            if functions.contains(&std::ptr::null_mut()) {
                (self.api.PyErr_Print)();
            }
            (self.api.PyGILState_Release)(state);
        }
        [self.prepare, self.create, self.last_message] = functions;
        if functions.contains(&std::ptr::null_mut()) {
            return Err("the bridge to Python did not start; Python says why on stderr".to_owned());
        }
        Ok(())
    }
}

struct Found {
    executable: String,
    library: PathBuf,
}

/// Asks the interpreter that the user would get where its library lies.
fn find() -> Result<Found, String> {
    let named = std::env::var("HARNESS_PYTHON").ok().filter(|name| !name.is_empty());
    let candidates: Vec<String> =
        named.clone().map_or_else(|| vec!["python3".into(), "python".into()], |name| vec![name]);
    let mut text = None;
    for candidate in &candidates {
        let mut command = Command::new(candidate);
        let output = command.args(["-c", PROBE]).stdin(Stdio::null()).stderr(Stdio::null()).output();
        if let Ok(output) = output
            && output.status.success()
        {
            text = Some(String::from_utf8_lossy(&output.stdout).into_owned());
            break;
        }
    }
    let Some(text) = text else {
        return Err(match named {
            Some(name) => format!("`{name}`, named in HARNESS_PYTHON, is no Python interpreter that runs"),
            None => "no Python interpreter: neither `python3` nor `python` runs; install Python 3.8 or later with \
                     NumPy, or name one in HARNESS_PYTHON"
                .to_owned(),
        });
    };
    let mut lines = text.lines();
    let (executable, version) = (lines.next().unwrap_or_default().to_owned(), lines.next().unwrap_or_default());
    if lines.next() != Some("True") {
        return Err(format!("the Python at {executable} is version {version}; 3.8 or later is needed"));
    }
    match lines.next() {
        Some(library) => Ok(Found { library: PathBuf::from(library), executable }),
        None => Err(format!(
            "the Python at {executable} ({version}) comes without its shared library: install it (Debian and Ubuntu: \
             apt-get install libpython{version}; pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared), or name another Python \
             in HARNESS_PYTHON"
        )),
    }
}
