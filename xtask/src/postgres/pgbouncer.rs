//! pgbouncer, which the tests are run behind once more.

use std::path::PathBuf;

use crate::{
    command::{Failure, program_named},
    place::Place,
};

/// Where the tests find its port.
pub(crate) const PORT: &str = "ROLECALL_TEST_PGBOUNCER_PORT";

/// Where it is.
pub(crate) fn find() -> Result<PathBuf, Failure> {
    program_named("pgbouncer").ok_or_else(|| {
        Failure(
            "there is no pgbouncer on this machine, which some tests need (Debian, Ubuntu: apt-get install pgbouncer; no \
             service needs to run)"
                .into(),
        )
    })
}

/// Writes its files. A transaction has a connection to itself, and the next one perhaps another.
pub(super) fn configure(place: &Place, port: u16, postgres: u16, password: &str) -> Result<(), Failure> {
    place.write("users.txt", &format!("\"rolecall\" \"{password}\"\n"))?;
    place.write(
        "pgbouncer.ini",
        &format!(
            "[databases]\n* = host=127.0.0.1 port={postgres}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = plain\nauth_file = users.txt\npool_mode = transaction\n\
             max_client_conn = 2000\ndefault_pool_size = 4\nserver_idle_timeout = 2\nlogfile = pgbouncer.log\npidfile = pgbouncer.pid\n\
             ignore_startup_parameters = extra_float_digits\n"
        ),
    )
}
