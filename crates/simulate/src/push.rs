//! Pushes one cycle: phase by phase, within a phase by as many threads as the client has connections.

use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::ProgressBar;
use parking_lot::Mutex;

use crate::cycle::Cycle;
use crate::dialect::{self, Dialect};
use crate::directory::Directory;
use crate::intent::{Intent, Phase, Subject};
use crate::run::SimulateError;
use crate::session::{PushError, Session};

/// Pushes `cycle`. What the server refused comes back as lines; an identity provider goes on after those. It stops
/// where going on is pointless: no answer at all, or the secret refused.
pub(crate) fn push_cycle(
    dialect: &dyn Dialect,
    session: Session<'_>,
    cycle: &Cycle,
    threads: usize,
    bar: &ProgressBar,
) -> Result<Vec<String>, SimulateError> {
    let failures = Mutex::new(Vec::new());
    for phase in Phase::ALL {
        let intents = cycle.of(phase);
        let next = AtomicUsize::new(0);
        let stopped: Mutex<Option<SimulateError>> = Mutex::new(None);
        let work = || {
            while stopped.lock().is_none()
                && let Some(intent) = intents.get(next.fetch_add(1, Ordering::Relaxed))
            {
                match dialect::push(dialect, session, intent)
                    .map_err(|error| fatal_or_line(error, intent, session))
                {
                    Ok(()) => {}
                    Err(Ok(line)) => failures.lock().push(line),
                    Err(Err(fatal)) => *stopped.lock() = Some(fatal),
                }
                bar.inc(1);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..threads.clamp(1, intents.len().max(1)) {
                scope.spawn(work);
            }
        });
        if let Some(fatal) = stopped.into_inner() {
            return Err(fatal);
        }
    }
    let mut failures = failures.into_inner();
    failures.sort();
    Ok(failures)
}

fn fatal_or_line(error: PushError, intent: &Intent, session: Session<'_>) -> Result<String, SimulateError> {
    match error {
        PushError::Unreachable(error) => Err(SimulateError::Unreachable(error.to_string())),
        PushError::Refused { status: 401 | 403, .. } => Err(SimulateError::NotAllowed(error.to_string())),
        error => Ok(format!("{}: {error}", describe(intent, session.now))),
    }
}

/// Who or what `intent` is about and what happens to them, for a line that a person reads.
fn describe(intent: &Intent, now: &Directory) -> String {
    let what = match intent {
        Intent::Join { .. } => "joins",
        Intent::Update { .. } => "changes",
        Intent::SetManager { .. } => "gets another manager",
        Intent::Deactivate { .. } => "leaves",
        Intent::Reactivate { .. } => "returns",
        Intent::Delete { .. } => "is deleted",
        Intent::Found { .. } => "is founded",
        Intent::Regroup { .. } => "changes",
        Intent::Dissolve { .. } => "is dissolved",
    };
    format!("{} {what}", name(intent.subject(), now))
}

/// `user ada.byron1@contoso.example` or `group "Works council"`.
pub(crate) fn name(subject: Subject, now: &Directory) -> String {
    match subject {
        Subject::Person(person) => match now.people.get(&person) {
            Some(record) => format!("user {}", record.user_name),
            None => format!("deleted user #{}", person.0),
        },
        Subject::Group(group) => match now.groups.get(&group) {
            Some(record) => format!("group {:?}", record.display_name),
            None => format!("dissolved group #{}", group.0),
        },
    }
}
