//! Whether the machine's clock is plausible and its disk has room.

use super::Check;
use crate::{config::Config, machine};

/// A clock that is behind the day on which this program's file was written is wrong for certain.
pub(super) fn clock() -> Check {
    let now = machine::now();
    let written = std::env::current_exe().and_then(|file| file.metadata()).and_then(|about| about.modified());
    let Ok(written) = written.map(machine::timestamp_of) else { return Check::ok("clock", now.to_string()) };
    // A day of grace: file times may have come from a machine that was a little ahead.
    if now.plus_days(1) < written {
        return Check::fail(
            "clock",
            format!("it is {now} by this machine, but this program was made at {written}"),
            "set the clock, by NTP for instance: expiry of tokens depends on it",
        );
    }
    Check::ok("clock", now.to_string())
}

/// Free space where the database grows. `None` when the system does not tell.
pub(super) fn disk(config: &Config) -> Option<Check> {
    const MIB: u64 = 1 << 20;
    let folder = config.database_url.folder()?;
    let space = rustix::fs::statvfs(folder).ok()?;
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    let found = format!("{} MiB free in {}", free / MIB, folder.display());
    let advice = "make room: when the disk is full, changes are refused until there is some";
    Some(match free {
        0..=67_108_863 => Check::fail("disk", found, advice),
        67_108_864..=1_073_741_823 => Check::warn("disk", found, advice),
        _ => Check::ok("disk", found),
    })
}
