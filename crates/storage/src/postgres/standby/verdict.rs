//! Whether a server is a standby of a primary, by what both say of themselves.

/// What a primary says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Primary {
    /// Which cluster, since `initdb`; its standbys share it.
    pub(super) system: i64,
    /// Rises each time that a standby takes over.
    pub(super) timeline: i64,
    /// How far its log reaches.
    pub(super) written: i64,
}

/// What another server says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Replica {
    pub(super) in_recovery: bool,
    pub(super) system: i64,
    pub(super) timeline: i64,
    pub(super) replayed: i64,
}

/// Why a place in the other's log would mean nothing, if so.
pub(super) fn kin(primary: &Primary, replica: &Replica) -> Result<(), String> {
    if primary.system != replica.system {
        return Err(format!(
            "it belongs to another database cluster (system identifier {}; the primary has {}): make it from the primary, \
             with pg_basebackup for instance",
            replica.system, primary.system
        ));
    }
    if !replica.in_recovery {
        return Err(
            "it is no standby: it takes writes itself. Was it promoted? Then make it a standby of the primary again, or \
             lead database_url to it"
                .to_owned(),
        );
    }
    if primary.timeline != replica.timeline {
        return Err(format!(
            "it is on timeline {}, and the primary on {}: either it does not follow the server that took over, or it does \
             and has not noted that yet, which takes up to checkpoint_timeout",
            replica.timeline, primary.timeline
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_standby_of_the_same_cluster_on_the_same_timeline_will_do() {
        let primary = Primary { system: 7, timeline: 2, written: 100 };
        let good = Replica { in_recovery: true, system: 7, timeline: 2, replayed: 100 };
        assert_eq!(kin(&primary, &good), Ok(()));
        for (replica, wanted) in [
            (Replica { in_recovery: false, ..good.clone() }, "it is no standby"),
            (Replica { system: 8, ..good.clone() }, "another database cluster"),
            // It may be further than the primary that took over, with writes that were lost.
            (
                Replica { timeline: 1, replayed: 200, ..good.clone() },
                "it is on timeline 1, and the primary on 2",
            ),
            (Replica { timeline: 3, ..good.clone() }, "it is on timeline 3"),
        ] {
            let refused = kin(&primary, &replica).unwrap_err();
            assert!(refused.contains(wanted), "{refused}");
        }
    }
}
