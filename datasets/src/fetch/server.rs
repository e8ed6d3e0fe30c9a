//! A server on this machine that answers as it is told, for tests: well, slowly, too short, too long, wrongly.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How a request is answered.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reply {
    /// The whole file, or the part that is asked for.
    Good,
    /// The whole file, whatever part is asked for.
    Whole,
    /// Closes the connection after so many bytes of the file.
    CutOff(usize),
    /// As many bytes, but others.
    Wrong,
    /// More bytes than the file has, without saying how many.
    Oversized,
    /// Bytes that trickle.
    Slow,
    /// So many bytes of the file, and then nothing, on an open connection.
    Stalled(usize),
    /// So many other bytes, as if they were the file, without saying how many there are.
    Short(usize),
    /// What is asked for, but of a file of other bytes.
    Other,
    /// As if the file ended before what is asked for.
    Unsatisfiable,
    /// Never answers.
    Silent,
    /// A status.
    Status(u16),
}

pub(super) struct Server {
    pub(super) url: String,
    /// The `Range` of every request.
    pub(super) ranges: Arc<Mutex<Vec<Option<usize>>>>,
}

impl Server {
    /// Serves `content`, request after request as `replies` say; the last of them from then on.
    pub(super) fn new(content: &[u8], replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/file", listener.local_addr().unwrap());
        let ranges = Arc::new(Mutex::new(Vec::new()));
        let (content, replies, seen) = (content.to_vec(), replies.to_vec(), Arc::clone(&ranges));
        std::thread::spawn(move || {
            for (i, stream) in listener.incoming().enumerate() {
                let reply = replies[i.min(replies.len() - 1)];
                // A client that hangs up early is what some replies are for.
                let _ = answer(stream.unwrap(), &content, reply, &seen);
            }
        });
        Self { url, ranges }
    }
}

/// Until the client hangs up.
fn wait_for_the_end(stream: &mut TcpStream) -> std::io::Result<()> {
    while stream.read(&mut [0; 64])? > 0 {}
    Ok(())
}

fn answer(
    mut stream: TcpStream,
    content: &[u8],
    reply: Reply,
    seen: &Mutex<Vec<Option<usize>>>,
) -> std::io::Result<()> {
    let mut from = None;
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?.to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(range) = line.strip_prefix("range: bytes=") {
            from = range.trim_end_matches('-').parse().ok();
        }
    }
    seen.lock().unwrap().push(from);
    let n = content.len();
    let start = match reply {
        Reply::Good | Reply::CutOff(_) | Reply::Slow | Reply::Stalled(_) | Reply::Other => from.unwrap_or(0),
        Reply::Unsatisfiable if from.is_none() => 0,
        _ => 0,
    };
    let head =
        |status: &str, length: usize| format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n");
    let partial = match from {
        Some(from) if start == from => {
            format!("{}Content-Range: bytes {from}-{}/{n}\r\n\r\n", head("206 Partial", n - from), n - 1)
        }
        _ => head("200 OK", n) + "\r\n",
    };
    match reply {
        Reply::Good | Reply::Whole => {
            stream.write_all(partial.as_bytes())?;
            stream.write_all(&content[start..])
        }
        Reply::CutOff(bytes) => {
            stream.write_all(partial.as_bytes())?;
            stream.write_all(&content[start..n.min(start + bytes)])
        }
        Reply::Wrong => {
            stream.write_all((head("200 OK", n) + "\r\n").as_bytes())?;
            stream.write_all(&vec![b'?'; n])
        }
        Reply::Oversized => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            for _ in 0..10_000 {
                stream.write_all(&[b'x'; 1000])?;
            }
            Ok(())
        }
        Reply::Slow => {
            stream.write_all(partial.as_bytes())?;
            for byte in &content[start..] {
                stream.write_all(&[*byte])?;
                std::thread::sleep(Duration::from_millis(100));
            }
            Ok(())
        }
        Reply::Stalled(bytes) => {
            stream.write_all(partial.as_bytes())?;
            stream.write_all(&content[start..n.min(start + bytes)])?;
            wait_for_the_end(&mut stream)
        }
        Reply::Short(bytes) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            stream.write_all(&vec![b'<'; bytes])
        }
        Reply::Other => {
            stream.write_all(partial.as_bytes())?;
            stream.write_all(&vec![b'?'; n - start])
        }
        Reply::Unsatisfiable if from.is_some() => {
            stream.write_all((head("416 Range Not Satisfiable", 0) + "\r\n").as_bytes())
        }
        Reply::Unsatisfiable => {
            stream.write_all(partial.as_bytes())?;
            stream.write_all(content)
        }
        Reply::Silent => wait_for_the_end(&mut stream),
        Reply::Status(status) => stream.write_all((head(&format!("{status} No"), 0) + "\r\n").as_bytes()),
    }
}
