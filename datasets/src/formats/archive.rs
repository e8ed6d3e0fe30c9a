//! ZIP archives as NumPy writes them: members stored or deflated, below 4 GiB, not encrypted. Each member is checked by
//! its size and its CRC-32, as it is read.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::input::{Input, MOST_DEFLATED};
use crate::error::{At, DataError, FileError};

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
        let failed = |source| FileError::Read { path: path.to_owned(), source };
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

    /// The content of a member, decompressed as it is read, under a path of its own.
    pub(super) fn member(&mut self, name: &str) -> Result<Input, DataError> {
        let Some(place) = self.members.iter().position(|member| member.name == name) else {
            return Err(self.malformed(0, format!("no member `{name}`"), "one of that name"));
        };
        let Member { method, crc, compressed, size, offset, .. } = self.members[place];
        let header: [u8; 30] = self.bytes_at(offset)?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(self.malformed(offset, "other bytes".to_owned(), "the header of a member"));
        }
        if size > compressed.saturating_mul(MOST_DEFLATED) {
            return Err(self.malformed(offset, format!("a size of {size} bytes"), "no more than its data can hold"));
        }
        let data = offset + 30 + u64::from(u16_at(&header, 26)) + u64::from(u16_at(&header, 28));
        let mut file = File::open(&self.path).map_err(|source| self.failed(source))?;
        file.seek(SeekFrom::Start(data)).map_err(|source| self.failed(source))?;
        let packed = BufReader::new(file).take(compressed);
        let unpacked: Box<dyn Read + Send> = match method {
            0 => Box::new(packed),
            8 => Box::new(DeflateDecoder::new(packed)),
            _ => return Err(self.malformed(offset, format!("compression {method}"), "stored or deflated members")),
        };
        Input::of_reader(&self.path.join(name), Content { unpacked, left: size, check: Crc::new(), crc }, size)
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
        FileError::Malformed { path: self.path.clone(), at: At::Byte(at), found, expected: expected.to_owned() }.into()
    }

    fn failed(&self, source: io::Error) -> DataError {
        FileError::Read { path: self.path.clone(), source }.into()
    }
}

/// The content of a member, which ends with an error where its size or checksum is not the declared one.
struct Content {
    unpacked: Box<dyn Read + Send>,
    /// Bytes still to come.
    left: u64,
    check: Crc,
    crc: u32,
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "damaged data");
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        // At the end, one byte more would be too much.
        let count = self.unpacked.read(&mut buffer[..wanted.max(1)]).map_err(|_| damaged())?;
        if count > wanted || (count == 0 && self.left > 0) || (count == 0 && self.check.sum() != self.crc) {
            return Err(damaged());
        }
        self.check.update(&buffer[..count]);
        self.left -= count as u64;
        Ok(count)
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
        let mut content = Vec::new();
        let mut member = archive.member("b").map_err(|error| error.to_string())?;
        let mut block = [0; 64];
        loop {
            match member.read(&mut block).map_err(|error| error.to_string())? {
                0 => return Ok(content),
                count => content.extend(&block[..count]),
            }
        }
    }

    #[test]
    fn members_are_checked() {
        let bytes = archive(&[("a".to_owned(), vec![1; 100]), ("b".to_owned(), (0..255).collect())]);
        assert_eq!(open(&bytes).unwrap(), (0..255).collect::<Vec<u8>>());
        let mut damaged = bytes.clone();
        damaged[120] ^= 0xFF;
        assert!(open(&damaged).unwrap_err().contains("a.zip/b: byte "));
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
