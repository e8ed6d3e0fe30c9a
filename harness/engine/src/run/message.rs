//! What the scheduler and a worker say to each other: JSON with its length before it, and files, over a socket of their
//! own.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::io::retry_on_intr;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::task::Facts;
use crate::results::Status;

/// What a worker says of the task that it was given.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    /// From here on the optimizer's own code runs.
    Begun {
        /// For the record, should this be the last word.
        facts: Box<Facts>,
        /// What the process had used when it was given the unit.
        cpu_before: Duration,
    },
    /// The unit has ended.
    Ended {
        /// How.
        status: Status,
        /// Why.
        reason: String,
        /// The unit is in its place.
        is_kept: bool,
        /// Nothing speaks against giving this worker another unit.
        is_reusable: bool,
    },
    /// The unit could not be run or written.
    Failed {
        /// Why.
        message: String,
        /// The machine is to blame for sure: a full disk, or files that have changed.
        is_of_machine: bool,
    },
}

/// Longest message that is believed.
const MAX_LEN: usize = 64 << 20;
/// What every message begins with, before its length.
const MARK: [u8; 8] = *b"\0harness";
/// Length of both.
const HEAD: usize = MARK.len() + size_of::<u32>();

/// Sends a message.
pub(crate) fn send(to: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut bytes = vec![0; HEAD];
    serde_json::to_writer(&mut bytes, message)?;
    let len = u32::try_from(bytes.len() - HEAD).map_err(io::Error::other)?;
    bytes[..MARK.len()].copy_from_slice(&MARK);
    bytes[MARK.len()..HEAD].copy_from_slice(&len.to_le_bytes());
    to.write_all(&bytes)
}

/// The length of the message that follows.
fn length(head: &[u8; HEAD]) -> io::Result<usize> {
    let (mark, len) = head.split_first_chunk().expect("longer than the mark");
    let len = u32::from_le_bytes(len.try_into().expect("the rest of the head")) as usize;
    if *mark == MARK && len <= MAX_LEN { Ok(len) } else { Err(io::Error::other("not a message of this program")) }
}

/// Waits for a message; `None` where the other side has gone.
pub(crate) fn receive<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut head = [0; HEAD];
    if let Err(error) = from.read_exact(&mut head) {
        return if error.kind() == io::ErrorKind::UnexpectedEof { Ok(None) } else { Err(error) };
    }
    let mut bytes = vec![0; length(&head)?];
    from.read_exact(&mut bytes)?;
    Ok(Some(serde_json::from_slice(&bytes)?))
}

/// Sends a file, or that there is none: one byte, with a descriptor beside it.
pub(crate) fn send_file(to: &UnixStream, file: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    if let Some(file) = &file {
        beside.push(SendAncillaryMessage::ScmRights(std::slice::from_ref(file)));
    }
    let sent = sendmsg(to, &[IoSlice::new(&[0])], &mut beside, SendFlags::empty())?;
    if sent == 1 { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
}

/// What `send_file` has sent.
pub(crate) fn receive_file(from: &UnixStream) -> io::Result<Option<OwnedFd>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let received =
        retry_on_intr(|| recvmsg(from, &mut [IoSliceMut::new(&mut byte)], &mut beside, RecvFlags::CMSG_CLOEXEC))?;
    if received.bytes != 1 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut files = beside.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(files) => Some(files),
        _ => None,
    });
    Ok(files.next().and_then(|mut files| files.next()))
}

/// Bytes that have arrived, cut into messages.
#[derive(Debug, Default)]
pub(crate) struct Inbox(Vec<u8>);

impl Inbox {
    /// Reads what is there without waiting; false where the other side has gone.
    pub(crate) fn fill(&mut self, from: &mut impl Read) -> bool {
        let mut buffer = [0; 16 << 10];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => return false,
                Ok(count) => self.0.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
    }

    /// The next whole message.
    ///
    /// # Errors
    ///
    /// There are bytes that are none: a plugin has found the socket.
    pub(crate) fn take<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        let Some((head, rest)) = self.0.split_first_chunk() else { return Ok(None) };
        let len = length(head)?;
        let Some(body) = rest.get(..len) else { return Ok(None) };
        let message = serde_json::from_slice(body)?;
        self.0.drain(..HEAD + len);
        Ok(Some(message))
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn a_file_arrives_between_messages() {
        let (mut ours, mut theirs) = UnixStream::pair().unwrap();
        let mut sent = tempfile::tempfile().unwrap();
        sent.write_all(b"x").unwrap();
        for file in [Some(sent.as_fd()), None] {
            send(&mut ours, &1).unwrap();
            send_file(&ours, file).unwrap();
        }
        send(&mut ours, &2).unwrap();
        drop(ours);
        for is_there in [true, false] {
            assert_eq!(receive::<i32>(&mut theirs).unwrap(), Some(1));
            let file = receive_file(&theirs).unwrap();
            assert_eq!(file.map(|file| std::fs::File::from(file).metadata().unwrap().len()), is_there.then_some(1));
        }
        assert_eq!(receive::<i32>(&mut theirs).unwrap(), Some(2));
        assert!(receive_file(&theirs).is_err(), "the other side has gone");
    }

    #[test]
    fn messages_arrive_whole_and_in_order_however_they_are_cut() {
        let mut bytes = Vec::new();
        for status in [Status::Budget, Status::Crashed] {
            let report = Report::Ended { status, reason: "µ".to_owned(), is_kept: true, is_reusable: false };
            send(&mut bytes, &report).unwrap();
        }
        let mut inbox = Inbox::default();
        let mut seen = Vec::new();
        for chunk in bytes.chunks(7) {
            assert!(!inbox.fill(&mut &*chunk), "the end of a slice is the end of the stream");
            while let Some(Report::Ended { status, .. }) = inbox.take().unwrap() {
                seen.push(status);
            }
        }
        assert_eq!(seen, [Status::Budget, Status::Crashed]);
        assert!(matches!(receive(&mut &bytes[..]), Ok(Some(Report::Ended { status: Status::Budget, .. }))));
        assert!(matches!(receive::<Report>(&mut &b""[..]), Ok(None)));
    }

    #[test]
    fn what_is_no_message_is_noticed_with_the_next_one() {
        let mut bytes = vec![7; 4];
        let mut inbox = Inbox::default();
        inbox.fill(&mut &bytes[..]);
        assert!(matches!(inbox.take::<i32>(), Ok(None)), "it might still become one");
        bytes.clear();
        send(&mut bytes, &1).unwrap();
        inbox.fill(&mut &bytes[..]);
        assert!(inbox.take::<i32>().is_err());
        assert!(receive::<i32>(&mut &[0; 20][..]).is_err());
    }
}
