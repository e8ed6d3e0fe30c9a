//! How large the table of a sparse file may be: a few bytes could otherwise declare more zeros than memory holds.

use crate::table::MAX_CELLS;

/// A table of this many numbers is made dense whatever its file says.
const ALWAYS_FINE: u128 = 1 << 24;

/// Beyond it, one stored number stands for at most this many in the dense table: a single large index would otherwise
/// take all memory.
const MOST_PER_ENTRY: u128 = 2000;

/// The same two where the user says how many columns there are.
const FINE_IF_SAID: u128 = 1 << 27;
const MOST_PER_ENTRY_IF_SAID: u128 = 20_000;

/// The most numbers of a table of which the file stores so many.
#[inline]
pub(super) fn most_cells(entries: u64, said: bool) -> u128 {
    let (fine, per_entry) = if said { (FINE_IF_SAID, MOST_PER_ENTRY_IF_SAID) } else { (ALWAYS_FINE, MOST_PER_ENTRY) };
    fine.max(u128::from(entries) * per_entry).min(MAX_CELLS)
}
