//! ZIP archives as NumPy writes them: members stored or deflated, below 4 GiB, not encrypted. Each member is checked by
//! its size and its CRC-32.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::input::{Input, MOST_DEFLATED};
use crate::error::{At, DataError};

/// The end of the directory is within so many bytes of the end of the file: 22, and a comment.
const LONGEST_END: u64 = 22 + 0xFFFF;

/// More members than this are no table.
const MOST_MEMBERS: u16 = 1 << 12;

/// An archive whose directory has been read.
pub(super) struct Archive {
    path: PathBuf,
    file: BufReader<File>,
    members: Vec<Member>,
}

struct Member {
    name: String,
    method: u16,
    crc: u32,
    compressed: u64,
    size: u64,
    /// Where its own header begins.
    offset: u64,
}

impl Archive {
    /// Reads the directory at the end of the file at `path`, which must be a regular file.
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        Input::open(path)?;
        let failed = |source| DataError::Read { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let mut archive = Self { path: path.to_owned(), file: BufReader::new(file), members: Vec::new() };
        archive.read_directory(length)?;
        Ok(archive)
    }

    /// The names of the members.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| member.name.as_str())
    }

    /// The content of a member.
    pub(super) fn read(&mut self, name: &str) -> Result<Vec<u8>, DataError> {
        let Some(place) = self.members.iter().position(|member| member.name == name) else {
            return Err(self.malformed(0, format!("no member `{name}`"), "one of that name"));
        };
        let Member { method, crc, compressed, size, offset, .. } = self.members[place];
        let header: [u8; 30] = self.bytes_at(offset)?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(self.malformed(offset, "other bytes".to_owned(), "the header of a member"));
        }
        let skipped = i64::from(u16_at(&header, 26)) + i64::from(u16_at(&header, 28));
        self.file.seek_relative(skipped).map_err(|source| self.failed(source))?;
        if size > compressed.saturating_mul(MOST_DEFLATED) {
            return Err(self.malformed(offset, format!("a size of {size} bytes"), "no more than its data can hold"));
        }
        let mut bytes = Vec::new();
        let packed = self.file.by_ref().take(compressed);
        let read = match method {
            0 => packed.take(size + 1).read_to_end(&mut bytes),
            8 => DeflateDecoder::new(packed).take(size + 1).read_to_end(&mut bytes),
            _ => return Err(self.malformed(offset, format!("compression {method}"), "stored or deflated members")),
        };
        let mut check = Crc::new();
        check.update(&bytes);
        if read.is_err() || bytes.len() as u64 != size || check.sum() != crc {
            return Err(self.malformed(offset, format!("damaged data of `{name}`"), "its declared size and checksum"));
        }
        Ok(bytes)
    }

    fn read_directory(&mut self, length: u64) -> Result<(), DataError> {
        let expected = "the directory that a ZIP archive ends with";
        let start = length.saturating_sub(LONGEST_END);
        self.file.seek(SeekFrom::Start(start)).map_err(|source| self.failed(source))?;
        let mut tail = Vec::new();
        self.file.by_ref().take(LONGEST_END).read_to_end(&mut tail).map_err(|source| self.failed(source))?;
        let end = memchr::memmem::rfind(&tail, b"PK\x05\x06").filter(|end| end + 22 <= tail.len());
        let Some(end) = end else {
            return Err(self.malformed(length, "the end of the file".to_owned(), expected));
        };
        let count = u16_at(&tail, end + 10);
        if count > MOST_MEMBERS {
            return Err(self.malformed(start + end as u64, format!("{count} members"), "a few arrays"));
        }
        let mut at = u64::from(u32_at(&tail, end + 16));
        for _ in 0..count {
            let header: [u8; 46] = self.bytes_at(at)?;
            if !header.starts_with(b"PK\x01\x02") {
                return Err(self.malformed(at, "other bytes".to_owned(), "an entry of the directory"));
            }
            let [compressed, size, offset] = [20, 24, 42].map(|place| u32_at(&header, place));
            if [compressed, size, offset].contains(&u32::MAX) {
                return Err(self.malformed(at, "a member of 4 GiB or more".to_owned(), "smaller ones"));
            }
            let mut name = vec![0; usize::from(u16_at(&header, 28))];
            self.file.read_exact(&mut name).map_err(|source| self.failed(source))?;
            self.members.push(Member {
                name: String::from_utf8_lossy(&name).into_owned(),
                method: u16_at(&header, 10),
                crc: u32_at(&header, 16),
                compressed: compressed.into(),
                size: size.into(),
                offset: offset.into(),
            });
            at += 46 + [28, 30, 32].map(|place| u64::from(u16_at(&header, place))).iter().sum::<u64>();
        }
        Ok(())
    }

    fn bytes_at<const N: usize>(&mut self, at: u64) -> Result<[u8; N], DataError> {
        let mut bytes = [0; N];
        let read = self.file.seek(SeekFrom::Start(at)).and_then(|_| self.file.read_exact(&mut bytes));
        match read {
            Ok(()) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(self.malformed(at, "the end of the file".to_owned(), "a member of the archive"))
            }
            Err(source) => Err(self.failed(source)),
        }
    }

    fn malformed(&self, at: u64, found: String, expected: &str) -> DataError {
        DataError::Malformed { path: self.path.clone(), at: At::Byte(at), found, expected: expected.to_owned() }
    }

    fn failed(&self, source: io::Error) -> DataError {
        DataError::Read { path: self.path.clone(), source }
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::*;

    /// An archive of deflated members.
    pub(in super::super) fn archive(members: &[(String, Vec<u8>)]) -> Vec<u8> {
        let (mut bytes, mut directory) = (Vec::new(), Vec::new());
        for (name, content) in members {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(content).unwrap();
            let packed = encoder.finish().unwrap();
            let mut crc = Crc::new();
            crc.update(content);
            let [packed_size, size, offset] =
                [packed.len(), content.len(), bytes.len()].map(|value| u32::try_from(value).unwrap());
            let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
            for number in [crc.sum(), packed_size, size, u32::try_from(name.len()).unwrap()] {
                common.extend(number.to_le_bytes());
            }
            bytes.extend(b"PK\x03\x04");
            bytes.extend(&common);
            bytes.extend(name.as_bytes());
            bytes.extend(packed);
            directory.extend(b"PK\x01\x02\x14\x00");
            directory.extend(&common);
            directory.extend([0; 10]);
            directory.extend(offset.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let at = u32::try_from(bytes.len()).unwrap();
        let size = u32::try_from(directory.len()).unwrap();
        let count = u16::try_from(members.len()).unwrap().to_le_bytes();
        bytes.extend(directory);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend([count, count].concat());
        bytes.extend([size.to_le_bytes(), at.to_le_bytes()].concat());
        bytes.extend([0, 0]);
        bytes
    }

    fn open(bytes: &[u8]) -> Result<Vec<u8>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.zip");
        std::fs::write(&path, bytes).unwrap();
        let mut archive = Archive::open(&path).map_err(|error| error.to_string())?;
        assert_eq!(archive.names().collect::<Vec<_>>(), ["a", "b"]);
        archive.read("b").map_err(|error| error.to_string())
    }

    #[test]
    fn members_are_checked() {
        let bytes = archive(&[("a".to_owned(), vec![1; 100]), ("b".to_owned(), (0..255).collect())]);
        assert_eq!(open(&bytes).unwrap(), (0..255).collect::<Vec<u8>>());
        let mut damaged = bytes.clone();
        damaged[120] ^= 0xFF;
        assert!(open(&damaged).unwrap_err().contains("damaged data of `b`"));
        assert!(open(&bytes[..bytes.len() - 30]).unwrap_err().contains("expected the directory"));
        assert!(open(b"PK\x03\x04").unwrap_err().contains("expected the directory"));
    }

    #[test]
    fn a_bomb_is_stopped() {
        let mut bytes = archive(&[("a".to_owned(), vec![1; 10]), ("b".to_owned(), vec![0; 1 << 20])]);
        let directory = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
        bytes[directory + 24..directory + 28].copy_from_slice(&0xF000_0000_u32.to_le_bytes());
        assert!(open(&bytes).unwrap_err().contains("found a size of 4026531840 bytes"));
    }
}
