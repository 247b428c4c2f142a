//! Whether the server could listen, or does already, and whether an identity provider could reach it.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, TcpListener, TcpStream, ToSocketAddrs},
    time::Duration,
};

use super::Check;
use crate::config::Config;

pub(super) fn listen(config: &Config) -> Check {
    let address = &config.listen;
    match TcpListener::bind(address) {
        Ok(_) => Check::ok("port", format!("{address} is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => match ask(address) {
            Ok(true) => Check::ok("port", format!("Rolecall answers at {address}")),
            Ok(false) | Err(_) => Check::fail(
                "port",
                format!("another program listens at {address}"),
                "stop it, or set `listen` to another port",
            ),
        },
        Err(error) => Check::fail(
            "port",
            format!("cannot listen at {address}: {error}"),
            "set `listen` to an address of this machine and a port that this user may use",
        ),
    }
}

/// Whether who listens there is Rolecall, alive.
fn ask(address: &str) -> io::Result<bool> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let mut address = address.to_socket_addrs()?.next().ok_or(io::ErrorKind::AddrNotAvailable)?;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            IpAddr::from([127, 0, 0, 1])
        } else {
            IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])
        });
    }
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(16 * 1024).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer).to_ascii_lowercase();
    // The id that every answer of ours carries.
    Ok(answer.starts_with("http/1.1 200") && answer.contains("\r\nx-request-id:"))
}

/// Identity providers in the cloud insist on TLS, which a proxy in front of Rolecall speaks.
pub(super) fn public_url(config: &Config) -> Check {
    let url = config.public_url_at(&config.listen);
    let host = url.trim_start_matches("http://");
    let local = ["localhost", "127.", "[::1]"].iter().any(|start| host.starts_with(start));
    if url.starts_with("https://") {
        return Check::ok("public address", url);
    }
    let advice = "put a proxy that speaks TLS in front, and set `public_url` to its https:// address; Entra and Okta \
                  accept no other";
    let found = if local {
        format!("{url} is for trying out on this machine")
    } else {
        format!("{url} is not encrypted")
    };
    Check::warn("public address", found, advice)
}
