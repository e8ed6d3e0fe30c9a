//! The extension `harness.state/1` of the plugin under check.

use std::ffi::c_void;

use harness_plugin_api::abi::{
    HARNESS_ERR_MISUSE, HARNESS_ERR_UNSUPPORTED, HARNESS_EXT_STATE, HARNESS_OK, HarnessState, HarnessStatus,
};
use harness_plugin_api::table;

use super::session::{Session, Subject};
use super::verdict::Finding;

/// The table, if the optimizer offers it.
pub(super) struct Saved(HarnessState);

pub(super) fn offered(subject: &Subject) -> Option<Saved> {
    let get = subject.optimizer.table.get_extension?;
    // SAFETY: a function of a library that stays loaded; the id is a static and names the type of the table.
    unsafe { table::read(get(HARNESS_EXT_STATE).cast::<HarnessState>()) }.ok().map(Saved)
}

impl Saved {
    /// The bytes, or `None` where the instance has none to give.
    pub(super) fn save(&self, session: &mut Session) -> Result<Option<Vec<u8>>, Finding> {
        let Some(save) = self.0.save else { return Err(Finding::Failed("`save` is null".to_owned())) };
        let mut bytes: Vec<u8> = Vec::new();
        // SAFETY: between two steps; `collect` gets the vector that lives here.
        let status = unsafe { save(session.raw(), Some(collect), (&raw mut bytes).cast()) };
        match status {
            HARNESS_OK => Ok(Some(bytes)),
            HARNESS_ERR_UNSUPPORTED => Ok(None),
            code => Err(Finding::Failed(format!("`save` returned {code}"))),
        }
    }

    pub(super) fn restore(&self, session: &mut Session, bytes: &[u8]) -> Result<(), Finding> {
        let Some(restore) = self.0.restore else { return Err(Finding::Failed("`restore` is null".to_owned())) };
        // SAFETY: after `create`, before the first step; the bytes live until it returns.
        let status = unsafe { restore(session.raw(), bytes.as_ptr(), bytes.len()) };
        if status == HARNESS_OK { Ok(()) } else { Err(Finding::Failed(format!("`restore` returned {status}"))) }
    }
}

unsafe extern "C" fn collect(ctx: *mut c_void, bytes: *const u8, len: usize) -> HarnessStatus {
    // SAFETY: `ctx` is the vector of `save`.
    let Some(out) = (unsafe { ctx.cast::<Vec<u8>>().as_mut() }) else { return HARNESS_ERR_MISUSE };
    if len > 0 {
        if bytes.is_null() {
            return HARNESS_ERR_MISUSE;
        }
        // SAFETY: the plugin's bytes live until this call returns.
        out.extend_from_slice(unsafe { std::slice::from_raw_parts(bytes, len) });
    }
    HARNESS_OK
}
