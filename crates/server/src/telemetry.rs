//! Where log lines go and how they look: standard error, for people on a terminal and as JSON otherwise.

use std::{
    io::{self, IsTerminal},
    panic,
};

use tracing::error;
use tracing_subscriber::{EnvFilter, fmt, util::SubscriberInitExt};

use crate::config::{Log, LogFormat};

/// Starts logging. A second call changes nothing: the first one wins.
pub(crate) fn start(log: &Log) {
    // `config` has checked the directives already; what it could not read is left out.
    // actix tells its own start and stop at `info`, in more lines than ours, and what strangers send that is no HTTP as
    // errors of the server; who asks for more than `info` gets them.
    let level =
        if log.level == "info" { "info,actix_server=warn,actix_http::h1=off" } else { log.level.as_str() };
    let filter = EnvFilter::builder().parse_lossy(level);
    let on_terminal = io::stderr().is_terminal();
    let human = match log.format {
        LogFormat::Auto => on_terminal,
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    // Else a log that cannot be written, on a full disk or to a reader that has gone, would end in a panic.
    let lines = fmt().with_env_filter(filter).with_writer(io::stderr).log_internal_errors(false);
    let started = if human {
        // The fields of the span stand before each message: that is where the request id is.
        lines.with_ansi(on_terminal && !colours_unwanted()).with_target(false).finish().try_init()
    } else {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).finish().try_init()
    };
    if started.is_ok() {
        panic::set_hook(Box::new(|panicked| {
            let at = panicked.location().map(ToString::to_string).unwrap_or_default();
            let what = panicked.payload_as_str().unwrap_or("no message");
            error!(at, "a bug in Rolecall: {what}");
        }));
    }
}

/// <https://no-color.org>
fn colours_unwanted() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}
