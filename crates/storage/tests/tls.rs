//! TLS to a real PostgreSQL, whose certificate an authority of this test has signed. `cargo xtask test --tls` runs these: they
//! need a build with OpenSSL in it.
#![cfg(feature = "tls")]
#![allow(clippy::unwrap_used)] // helpers of tests are tests

use std::{
    env,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    process::{Child, ChildStdout, Command, Stdio},
};

use rolecall_storage::{OpenError, Options, open};

/// Makes two authorities, a certificate for `localhost` by the first, and a server that takes TLS alone; keeps it until its
/// input ends. `$1` PostgreSQL's programs, `$2` the port.
const KEEPER: &str = r#"
trap '' INT TERM HUP
folder=$(mktemp -d) && cd "$folder" && chmod 755 . || exit 1
authority() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.crt" -days 2 -subj "/CN=$1" \
        -addext basicConstraints=critical,CA:TRUE
}
certify() {
    openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost &&
        printf 'subjectAltName=DNS:localhost\n' >extensions &&
        openssl x509 -req -in server.csr -CA ours.crt -CAkey ours.key -CAcreateserial -days 2 -extfile extensions -out server.crt
}
serve() {
    "$1/initdb" -D data -U rolecall -E UTF8 -A trust --no-locale --no-sync &&
        echo 'hostssl all all all trust' >data/pg_hba.conf && cp server.crt server.key data && chmod 600 data/server.key &&
        "$1/pg_ctl" -D data -l log -w -o "-p $2 -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c ssl=on" start
}
if { authority ours && authority other && certify && serve "$1" "$2"; } >>log 2>&1; then
    chmod 644 ours.crt other.crt
    echo "$folder"
    cat >/dev/null
else
    cat log >&2
fi
"$1/pg_ctl" -D data -m immediate -w stop >>log 2>&1
cd / && rm -rf "$folder"
"#;

struct Engine {
    keeper: Child,
    _output: BufReader<ChildStdout>,
    port: u16,
    folder: String,
}

impl Engine {
    #[allow(clippy::disallowed_methods)] // a test reads its own environment
    fn start() -> Option<Self> {
        let Ok(programs) = env::var("ROLECALL_TEST_POSTGRES_PROGRAMS") else {
            eprintln!(
                "skipped: ROLECALL_TEST_POSTGRES_PROGRAMS names no folder (`cargo xtask test --tls` finds it)"
            );
            return None;
        };
        let user = env::var("ROLECALL_TEST_POSTGRES_USER").unwrap_or_default();
        let mut words = user.split(' ').filter(|word| !word.is_empty()).chain(["sh", "-c", KEEPER, "keeper"]);
        let mut command = Command::new(words.next().unwrap());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        command.args(words).arg(programs).arg(port.to_string()).current_dir("/");
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(keeper.stdout.take().unwrap());
        let mut folder = String::new();
        output.by_ref().read_line(&mut folder).unwrap();
        assert!(
            !folder.is_empty(),
            "PostgreSQL with TLS did not start: are openssl and PostgreSQL installed?"
        );
        Some(Self { keeper, _output: output, port, folder: folder.trim().to_owned() })
    }

    /// What comes of a URL with these parameters.
    fn open(&self, host: &str, parameters: &str) -> Result<(), OpenError> {
        let parameters = parameters.replace("FOLDER", &self.folder);
        let url = format!("postgres://rolecall@{host}:{}/postgres?{parameters}", self.port);
        let store = open(&url, Options::default())?;
        store.migrate().unwrap();
        store.check().unwrap();
        Ok(())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

#[test]
fn tls_is_spoken_and_what_it_is_asked_to_verify_is_verified() {
    let Some(engine) = Engine::start() else { return };
    for (host, parameters) in [
        ("localhost", "sslmode=require"),
        ("127.0.0.1", "sslmode=require"),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert=FOLDER/ours.crt"),
        ("localhost", "sslmode=verify-full&sslrootcert=FOLDER/ours.crt"),
    ] {
        assert_eq!(engine.open(host, parameters), Ok(()), "{host} {parameters}");
    }
    for (host, parameters, told) in [
        ("localhost", "sslmode=verify-full&sslrootcert=FOLDER/other.crt", "certificate verify failed"),
        ("localhost", "sslmode=verify-ca&sslrootcert=FOLDER/other.crt", "certificate verify failed"),
        ("127.0.0.1", "sslmode=verify-full&sslrootcert=FOLDER/ours.crt", "does not match host name"),
        ("localhost", "sslmode=verify-full&sslrootcert=FOLDER/absent.crt", "does not exist"),
        ("localhost", "sslmode=disable", "no encryption"),
    ] {
        let error = engine.open(host, parameters).expect_err(parameters);
        let text = error.to_string();
        assert!(matches!(error, OpenError::CannotConnect { .. }), "{text}");
        assert!(text.contains(told) && text.contains("cannot be reached"), "{parameters}: {text}");
        println!("{host} {parameters}: {text}");
    }
}
