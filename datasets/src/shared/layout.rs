//! Prepared data as bytes: a header, then targets and rows of both parts, each from a cache line on.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytemuck::Pod;
use serde::{Deserialize, Serialize};

use crate::cache::Mapping;
use crate::matrix::{Matrix, Storage};
use crate::numbers::Numbers;
use crate::prepare::{Part, Prepared};
use crate::table::{Target, Truth};

/// Where numbers begin is a multiple of this.
const ALIGNMENT: usize = 64;
/// Numbers that are written at a time, and then given back to the system.
const CHUNK: usize = 1 << 20;

/// All but the numbers.
#[derive(Serialize, Deserialize)]
struct Header {
    name: String,
    hash: String,
    n_train: usize,
    n_test: usize,
    d: usize,
    storage: Storage,
    /// The names of the classes; none for a real target.
    classes: Option<Vec<String>>,
    columns: Vec<String>,
    dropped: Vec<String>,
    truth: Option<Truth>,
}

/// Where the numbers of a part are.
struct Place {
    target: usize,
    x: usize,
}

impl Header {
    /// The places of the training and of the test part after a header of this length, and where they end.
    fn places(&self, len: usize) -> Option<([Place; 2], usize)> {
        let width = if self.classes.is_some() { size_of::<u32>() } else { size_of::<f64>() };
        let cell = match self.storage {
            Storage::F64 => size_of::<f64>(),
            Storage::F32 => size_of::<f32>(),
        };
        let mut at = len.checked_add(size_of::<u64>())?;
        let mut take = |len: Option<usize>| {
            let from = at.checked_next_multiple_of(ALIGNMENT)?;
            at = from.checked_add(len?)?;
            Some(from)
        };
        let mut place = |n: usize| {
            let target = take(n.checked_mul(width))?;
            let x = take(n.checked_mul(self.d).and_then(|cells| cells.checked_mul(cell)))?;
            Some(Place { target, x })
        };
        Some(([place(self.n_train)?, place(self.n_test)?], at))
    }
}

/// Fills an empty file, or one that was begun. The memory of the rows is given back as they are written.
pub(super) fn write(file: &File, prepared: Prepared) -> io::Result<()> {
    file.set_len(0)?;
    let Prepared { name, hash, train, test, columns, dropped, truth } = prepared;
    let classes = match &train.target {
        Target::Real(_) => None,
        Target::Classes { names, .. } => Some(names.clone()),
    };
    let n_test = test.as_ref().map_or(0, |test| test.n);
    let storage = match &train.x {
        Matrix::F64(_) => Storage::F64,
        Matrix::F32(_) => Storage::F32,
    };
    let (n_train, d) = (train.n, train.d);
    let header = Header { name, hash, n_train, n_test, d, storage, classes, columns, dropped, truth };
    let text = serde_json::to_vec(&header)?;
    let (places, end) = header.places(text.len()).ok_or(io::ErrorKind::FileTooLarge)?;
    file.set_len(end as u64)?;
    file.write_all_at(&(text.len() as u64).to_ne_bytes(), 0)?;
    file.write_all_at(&text, size_of::<u64>() as u64)?;
    for (part, place) in std::iter::once(train).chain(test).zip(&places) {
        let target: &[u8] = match &part.target {
            Target::Real(values) => bytemuck::cast_slice(values),
            Target::Classes { labels, .. } => bytemuck::cast_slice(labels),
        };
        file.write_all_at(target, place.target as u64)?;
        match part.x {
            Matrix::F64(numbers) => pour(file, numbers.into_vec(), place.x)?,
            Matrix::F32(numbers) => pour(file, numbers.into_vec(), place.x)?,
        }
    }
    Ok(())
}

/// Writes numbers from the last to the first, and shortens the list on the way: large lists give pages back.
fn pour<T: Pod>(file: &File, mut numbers: Vec<T>, from: usize) -> io::Result<()> {
    while !numbers.is_empty() {
        let kept = (numbers.len() - 1) / CHUNK * CHUNK;
        let at = from + kept * size_of::<T>();
        file.write_all_at(bytemuck::cast_slice(&numbers[kept..]), at as u64)?;
        numbers.truncate(kept);
        numbers.shrink_to_fit();
    }
    Ok(())
}

/// The data in a file; `None` where they are not there as they were written.
pub(super) fn mapped(file: &File) -> Option<Prepared> {
    let file = Arc::new(Mapping::of(file).ok()?);
    let bytes = file.bytes();
    let (len, rest) = bytes.split_first_chunk()?;
    let len = usize::try_from(u64::from_ne_bytes(*len)).ok()?;
    let header: Header = serde_json::from_slice(rest.get(..len)?).ok()?;
    let (places, end) = header.places(len)?;
    if bytes.len() != end {
        return None;
    }
    let d = header.d;
    let part = |n: usize, place: &Place| {
        let target = bytes.get(place.target..place.x)?;
        let target = match &header.classes {
            None => Target::Real(bytemuck::try_cast_slice(&target[..n * size_of::<f64>()]).ok()?.to_vec()),
            Some(names) => Target::Classes {
                labels: bytemuck::try_cast_slice(&target[..n * size_of::<u32>()]).ok()?.to_vec(),
                names: names.clone(),
            },
        };
        let x = match header.storage {
            Storage::F64 => Matrix::F64(Numbers::mapped(&file, place.x, n * d)?),
            Storage::F32 => Matrix::F32(Numbers::mapped(&file, place.x, n * d)?),
        };
        Some(Part { x, n, d, target })
    };
    let train = part(header.n_train, &places[0])?;
    let test = if header.n_test > 0 { Some(part(header.n_test, &places[1])?) } else { None };
    Some(Prepared {
        name: header.name,
        hash: header.hash,
        train,
        test,
        columns: header.columns,
        dropped: header.dropped,
        truth: header.truth,
    })
}
