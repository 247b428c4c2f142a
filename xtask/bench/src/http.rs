//! A connection that is kept open and asks one request after another: as little as HTTP/1.1 allows, so that the
//! client takes little of the machine that it measures.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// `X-Request-Id`
    pub(crate) request_id: Option<String>,
    /// Of the first `Set-Cookie`, name and value.
    pub(crate) cookie: Option<String>,
}

/// Writes a browser's request for a page into `out`, from the start.
pub(crate) fn write_page(out: &mut Vec<u8>, path: &str, cookie: &str) {
    out.clear();
    write!(out, "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {cookie}\r\n\r\n")
        .expect("writing to memory");
}

/// Writes a request into `out`, from the start.
pub(crate) fn write_request(out: &mut Vec<u8>, method: &str, path: &str, secret: &str, body: &str) {
    out.clear();
    write!(out, "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {secret}\r\n")
        .expect("writing to memory");
    if !body.is_empty() {
        write!(out, "content-type: application/scim+json\r\ncontent-length: {}\r\n", body.len())
            .expect("writing to memory");
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body.as_bytes());
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(600)))?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a written request and reads the whole answer.
    pub(crate) fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(request)?;
        self.buffer.clear();
        read_answer(&mut self.stream, &mut self.buffer, Part::All)
    }

    /// The same, but of a long answer only what comes first; then the connection is another.
    pub(crate) fn ask_beginning(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(request)?;
        self.buffer.clear();
        let answer = read_answer(&mut self.stream, &mut self.buffer, Part::Beginning)?;
        *self = Self::open(self.stream.peer_addr()?)?;
        Ok(answer)
    }
}

/// How much of a body is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    /// Of one in chunks, the first.
    Beginning,
}

fn read_answer(stream: &mut impl Read, buffer: &mut Vec<u8>, part: Part) -> io::Result<Answer> {
    let head_end = loop {
        if let Some(at) = find(buffer, b"\r\n\r\n") {
            break at + 4;
        }
        read_more(stream, buffer)?;
    };
    let head = std::str::from_utf8(&buffer[..head_end]).map_err(|_| broken("a header is not text"))?;
    let mut lines = head.split("\r\n");
    let status: u16 = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 "))
        .and_then(|line| line.get(..3)?.parse().ok())
        .ok_or_else(|| broken("no HTTP/1.1 status line"))?;
    let (mut length, mut request_id, mut cookie) = (Length::Known(0), None, None);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            length = Length::Known(value.trim().parse().map_err(|_| broken("content-length is no number"))?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            length = Length::Chunked;
        } else if name.eq_ignore_ascii_case("x-request-id") {
            request_id = Some(value.trim().to_owned());
        } else if name.eq_ignore_ascii_case("set-cookie") && cookie.is_none() {
            cookie = value.split(';').next().map(|pair| pair.trim().to_owned());
        }
    }
    let body = match length {
        Length::Known(length) => {
            while buffer.len() < head_end + length {
                read_more(stream, buffer)?;
            }
            buffer[head_end..head_end + length].to_vec()
        }
        Length::Chunked => read_chunks(stream, buffer, head_end, part)?,
    };
    Ok(Answer { status, body, request_id, cookie })
}

enum Length {
    Known(usize),
    Chunked,
}

fn read_chunks(
    stream: &mut impl Read,
    buffer: &mut Vec<u8>,
    mut at: usize,
    part: Part,
) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line_end = loop {
            if let Some(end) = find(&buffer[at..], b"\r\n") {
                break at + end;
            }
            read_more(stream, buffer)?;
        };
        let size = std::str::from_utf8(&buffer[at..line_end]).unwrap_or_default();
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| broken("a chunk's size is no number"))?;
        let (start, end) = (line_end + 2, line_end + 2 + size);
        while buffer.len() < end + 2 {
            read_more(stream, buffer)?;
        }
        if size == 0 {
            return Ok(body);
        }
        body.extend_from_slice(&buffer[start..end]);
        if part == Part::Beginning {
            return Ok(body);
        }
        at = end + 2;
    }
}

fn read_more(stream: &mut impl Read, buffer: &mut Vec<u8>) -> io::Result<()> {
    let mut piece = [0; 16 * 1024];
    match stream.read(&mut piece)? {
        0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection")),
        count => {
            buffer.extend_from_slice(&piece[..count]);
            Ok(())
        }
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte a time, as slow networks may.
    struct Dripping<'t>(&'t [u8]);

    impl Read for Dripping<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            into[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn read(text: &str) -> io::Result<Answer> {
        read_answer(&mut Dripping(text.as_bytes()), &mut Vec::new(), Part::All)
    }

    #[test]
    fn answers_are_read_however_their_length_is_told() {
        let told = read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").unwrap();
        assert_eq!((told.status, told.body.as_slice()), (200, b"hello".as_slice()));
        let chunked =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n";
        assert_eq!(read(chunked).unwrap().body, b"hello");
        let first = read_answer(&mut Dripping(chunked.as_bytes()), &mut Vec::new(), Part::Beginning);
        assert_eq!(first.unwrap().body, b"hel");
        let named = read("HTTP/1.1 204 No Content\r\nX-Request-Id: 7\r\n\r\n").unwrap();
        assert_eq!(named.request_id.as_deref(), Some("7"));
        let nothing = read("HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        assert_eq!((nothing.status, nothing.body.len()), (204, 0));
    }

    #[test]
    fn an_answer_that_ends_early_is_an_error() {
        assert!(read("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel").is_err());
        assert!(read("SSH-2.0\r\n\r\n").is_err());
    }
}
