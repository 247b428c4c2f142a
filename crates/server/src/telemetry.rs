//! Where log lines go and how they look: standard error, for people on a terminal and as JSON otherwise.

use std::io::{self, IsTerminal};

use tracing_subscriber::{EnvFilter, fmt, util::SubscriberInitExt};

use crate::config::{Log, LogFormat};

/// Starts logging. A second call changes nothing: the first one wins.
pub(crate) fn start(log: &Log) {
    // `config` has checked the directives already; what it could not read is left out.
    let filter = EnvFilter::builder().parse_lossy(&log.level);
    let on_terminal = io::stderr().is_terminal();
    let human = match log.format {
        LogFormat::Auto => on_terminal,
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    let lines = fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = if human {
        // The fields of the span stand before each message: that is where the request id is.
        lines.with_ansi(on_terminal && !colours_unwanted()).with_target(false).finish().try_init()
    } else {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).finish().try_init()
    };
    // Only a second call can fail.
    drop(started);
}

/// <https://no-color.org>
fn colours_unwanted() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}
