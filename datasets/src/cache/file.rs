//! A table as a file: a checksum of all that follows it, a header, a target a row, then the features row by row.

use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::Mapping;
use crate::numbers::Numbers;
use crate::table::{Table, Target};

/// What a file of the cache begins with; its number changes with the layout.
const MAGIC: &[u8; 16] = b"harness-table-2\n";

/// A BLAKE3 hash: of all that follows it, after the first bytes.
const SUM: usize = blake3::OUT_LEN;

/// What makes a file the same as before, as far as that shows without reading it: device, number, size and time.
type Seen = (u64, u64, u64, SystemTime);

/// The files that this process has found to be as they were written.
static CHECKED: Mutex<BTreeSet<Seen>> = Mutex::new(BTreeSet::new());

/// Where numbers begin is a multiple of this.
const ALIGNMENT: usize = 64;

/// What a table is beside its numbers, which follow: a target a row, then the features row by row.
#[derive(Serialize, Deserialize)]
struct Header {
    columns: Vec<String>,
    n: usize,
    d: usize,
    target_name: String,
    /// The names of the classes; none for a real target.
    classes: Option<Vec<String>>,
    test_from: Option<usize>,
    fills_gaps: bool,
    applied: usize,
}

/// Fills a new file.
pub(super) fn write(file: File, table: &Table) -> io::Result<()> {
    let (classes, targets): (_, Vec<f64>) = match &table.target {
        Target::Real(values) => (None, values.clone()),
        Target::Classes { labels, names } => (Some(names.clone()), labels.iter().copied().map(f64::from).collect()),
    };
    let header = serde_json::to_vec(&Header {
        columns: table.columns.clone(),
        n: table.n,
        d: table.d,
        target_name: table.target_name.clone(),
        classes,
        test_from: table.test_from,
        fills_gaps: table.fills_gaps,
        applied: table.applied,
    })?;
    let length = (header.len() as u64).to_le_bytes();
    let end = MAGIC.len() + SUM + length.len() + header.len();
    let padding = vec![0; end.next_multiple_of(ALIGNMENT) - end];
    let pieces: [&[u8]; 5] =
        [&length, &header, &padding, bytemuck::cast_slice(&targets), bytemuck::cast_slice(&table.x)];
    let mut hasher = blake3::Hasher::new();
    for piece in pieces {
        hasher.update(piece);
    }
    let mut file = BufWriter::new(file);
    file.write_all(MAGIC)?;
    file.write_all(hasher.finalize().as_bytes())?;
    for piece in pieces {
        file.write_all(piece)?;
    }
    file.into_inner()?.sync_data()
}

/// Whether what is in a file is what was written. The pages are let go of: most of them are not needed soon.
fn is_intact(metadata: &Metadata, file: &Mapping) -> bool {
    let Ok(modified) = metadata.modified() else { return false };
    let seen = (metadata.dev(), metadata.ino(), metadata.len(), modified);
    let checked = || CHECKED.lock().unwrap_or_else(PoisonError::into_inner);
    if checked().contains(&seen) {
        return true;
    }
    let (start, end) = (MAGIC.len() + SUM, file.bytes().len());
    let Some(sum) = file.bytes().get(MAGIC.len()..start) else { return false };
    let mut hasher = blake3::Hasher::new();
    file.pass_over(start..end, |bytes| {
        hasher.update(bytes);
    });
    let is_intact = hasher.finalize().as_bytes() == sum;
    if is_intact {
        checked().insert(seen);
    }
    is_intact
}

/// The table in a file; `None` where the file is not a whole one.
pub(super) fn mapped(file: &File) -> Option<Table> {
    let metadata = file.metadata().ok()?;
    let file = Mapping::of(file).ok()?;
    let bytes = file.bytes();
    let (length, rest) = bytes.strip_prefix(MAGIC)?.get(SUM..)?.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let header: Header = serde_json::from_slice(rest.get(..length)?).ok()?;
    let from = (MAGIC.len() + SUM + 8).checked_add(length)?.checked_next_multiple_of(ALIGNMENT)?;
    let cells = header.n.checked_mul(header.d)?;
    let is_whole = bytes.len() == from.checked_add(header.n.checked_add(cells)?.checked_mul(8)?)?;
    if !is_whole || header.columns.len() != header.d || header.test_from.is_some_and(|first| first > header.n) {
        return None;
    }
    if !is_intact(&metadata, &file) {
        return None;
    }
    let features = from + 8 * header.n;
    let targets: &[f64] = bytemuck::try_cast_slice(&bytes[from..features]).ok()?;
    let target = match header.classes {
        None => Target::Real(targets.to_vec()),
        Some(names) => {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "written from a u32")]
            let labels: Vec<u32> = targets.iter().map(|&label| label as u32).collect();
            if labels.iter().any(|&label| label as usize >= names.len()) {
                return None;
            }
            Target::Classes { labels, names }
        }
    };
    Some(Table {
        columns: header.columns,
        n: header.n,
        d: header.d,
        x: Numbers::mapped(&Arc::new(file), features, cells)?,
        target_name: header.target_name,
        target,
        test_from: header.test_from,
        fills_gaps: header.fills_gaps,
        applied: header.applied,
        ..Table::empty()
    })
}
