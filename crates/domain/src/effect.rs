//! What a change did: the access that is not as it was before, counted, and recognised by a fingerprint.
//!
//! One request may take a role away and give it back; only what is left in the end is an effect.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    str::FromStr,
};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    event::{Changed, with_ids},
    ids::{GroupId, MappingId, UserId, WorkspaceId},
    time::Timestamp,
};

/// A role that is not what it was: in a workspace, or in the organisation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Effect {
    /// Whose.
    pub user: UserId,
    /// Where; the organisation, if absent.
    pub workspace: Option<WorkspaceId>,
    /// Rank before.
    pub old: Option<i16>,
    /// Rank after.
    pub new: Option<i16>,
}

/// What an effect means to the person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EffectKind {
    /// Comes into a workspace.
    Gains,
    /// Leaves a workspace.
    Loses,
    /// Has another role in a workspace.
    Changes,
    /// Has another role in the organisation.
    OrgRole,
}

impl EffectKind {
    /// The word for it, as in JSON and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gains => "gains",
            Self::Loses => "loses",
            Self::Changes => "changes",
            Self::OrgRole => "org_role",
        }
    }
}

impl Effect {
    /// What it means to the person.
    pub fn kind(&self) -> EffectKind {
        match (self.workspace, self.old, self.new) {
            (None, _, _) => EffectKind::OrgRole,
            (_, None, _) => EffectKind::Gains,
            (_, _, None) => EffectKind::Loses,
            _ => EffectKind::Changes,
        }
    }

    /// Its place among the effects of a change: by person, the organisation before workspaces.
    pub fn place(&self) -> Place {
        Place { user: self.user, workspace: self.workspace }
    }
}

/// Where an effect stands in the order of a change's effects.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// By person first.
    pub user: UserId,
    /// The organisation comes before workspaces.
    pub workspace: Option<WorkspaceId>,
}

/// Anything else that a change did, as its event says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fact {
    /// The word of its [`EventKind`](crate::event::EventKind).
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// To whom.
    pub user: Option<UserId>,
    /// In which group.
    pub group: Option<GroupId>,
    /// In which workspace.
    pub workspace: Option<WorkspaceId>,
    /// By which mapping.
    pub mapping: Option<MappingId>,
    /// Rank before.
    pub old: Option<i16>,
    /// Rank after.
    pub new: Option<i16>,
    /// Its name at the time.
    pub subject: Option<String>,
    /// What became of fields that have no place above.
    pub changed: Option<Changed>,
}

/// How many of each kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Memberships given.
    pub gains: u64,
    /// Memberships taken away.
    pub losses: u64,
    /// Other roles in workspaces.
    pub changes: u64,
    /// Other roles in the organisation.
    pub org_roles: u64,
    /// Different people.
    pub people: u64,
    /// Different workspaces.
    pub workspaces: u64,
}

impl Counts {
    /// Whether nobody's access changes.
    pub fn is_empty(&self) -> bool {
        self.people == 0
    }
}

/// What two runs of a change have in common when they do the same: it does not depend on the time, nor on the ids of
/// what the change itself makes, nor on the order of what it does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fingerprint(pub u128);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// A text that is no fingerprint.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a fingerprint; a plan shows its own as 32 characters")]
pub struct NoFingerprint(pub String);

impl FromStr for Fingerprint {
    type Err = NoFingerprint;
    fn from_str(text: &str) -> Result<Self, NoFingerprint> {
        let digits = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let number = digits.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        number.map(Self).ok_or_else(|| NoFingerprint(text.to_owned()))
    }
}

/// Looks at what a change did, one thing after the other: a million effects take no more memory than one, beside the
/// set of workspaces.
pub struct Survey {
    made: HashMap<Uuid, usize>,
    counts: Counts,
    workspaces: BTreeSet<WorkspaceId>,
    last: Option<UserId>,
    sum: u128,
}

impl Survey {
    /// Begins one; `made` are the ids that the change made, in the order in which it made them.
    pub fn new(made: &[Uuid]) -> Self {
        let made = made.iter().enumerate().map(|(number, id)| (*id, number)).collect();
        Self { made, counts: Counts::default(), workspaces: BTreeSet::new(), last: None, sum: 0 }
    }

    /// Takes an effect into account. They come by person.
    pub fn effect(&mut self, effect: &Effect) {
        match effect.kind() {
            EffectKind::Gains => self.counts.gains += 1,
            EffectKind::Loses => self.counts.losses += 1,
            EffectKind::Changes => self.counts.changes += 1,
            EffectKind::OrgRole => self.counts.org_roles += 1,
        }
        if self.last.replace(effect.user) != Some(effect.user) {
            self.counts.people += 1;
        }
        if let Some(workspace) = effect.workspace {
            self.workspaces.insert(workspace);
        }
        let (user, workspace) = (self.id(Some(effect.user.0)), self.id(effect.workspace.map(|id| id.0)));
        self.add(&[b"access", &user, &workspace, &rank(effect.old), &rank(effect.new)]);
    }

    /// Takes anything else into account.
    pub fn fact(&mut self, fact: &Fact) {
        let ids = [
            self.id(fact.user.map(|id| id.0)),
            self.id(fact.group.map(|id| id.0)),
            self.id(fact.workspace.map(|id| id.0)),
            self.id(fact.mapping.map(|id| id.0)),
        ];
        let subject = fact.subject.as_deref().unwrap_or_default();
        let [user, group, workspace, mapping] = &ids;
        let (old, new) = (rank(fact.old), rank(fact.new));
        let kind = fact.kind.as_bytes();
        let changed = fact.changed.as_ref().map_or_else(String::new, |changed| {
            let name = |id: Uuid| {
                self.made.get(&id).map_or_else(|| id.to_string(), |number| format!("new {number}"))
            };
            with_ids(&changed.render(), name)
        });
        let (subject, changed) = (subject.as_bytes(), changed.as_bytes());
        self.add(&[b"fact", kind, user, group, workspace, mapping, &old, &new, subject, changed]);
    }

    /// What came of it.
    pub fn finish(self) -> (Counts, Fingerprint) {
        let counts = Counts { workspaces: self.workspaces.len() as u64, ..self.counts };
        (counts, Fingerprint(self.sum))
    }

    /// An id that was there before as it is; one that the change made as its number.
    fn id(&self, id: Option<Uuid>) -> Vec<u8> {
        let Some(id) = id else { return Vec::new() };
        match self.made.get(&id) {
            Some(number) => format!("new {number}").into_bytes(),
            None => id.as_bytes().to_vec(),
        }
    }

    /// A sum has no order.
    fn add(&mut self, pieces: &[&[u8]]) {
        let mut hash = Sha256::new();
        for piece in pieces {
            hash.update((piece.len() as u64).to_be_bytes());
            hash.update(piece);
        }
        let hash: [u8; 32] = hash.finalize().into();
        let mut half = [0; 16];
        half.copy_from_slice(&hash[..16]);
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(half));
    }
}

fn rank(rank: Option<i16>) -> [u8; 2] {
    rank.unwrap_or(0).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{a_workspace, user_id};

    fn effect(who: usize, place: usize, old: Option<i16>, new: Option<i16>) -> Effect {
        let workspace = ["Sales", "Finance"].get(place).map(|name| a_workspace(name).id);
        Effect { user: user_id(["ada", "grace", "alan"][who]), workspace, old, new }
    }

    fn effects() -> impl Strategy<Value = Vec<Effect>> {
        let rank = || prop::option::of(prop::sample::select(vec![10i16, 20, 30]));
        let one = (0..3usize, 0..3usize, rank(), rank()).prop_map(|(u, w, old, new)| effect(u, w, old, new));
        prop::collection::vec(one, 0..12)
    }

    fn fingerprint(effects: &[Effect], made: &[Uuid]) -> Fingerprint {
        let mut survey = Survey::new(made);
        effects.iter().for_each(|effect| survey.effect(effect));
        survey.finish().1
    }

    proptest! {
        #[test]
        fn the_order_leaves_no_trace_in_a_fingerprint(
            (effects, shuffled) in effects().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        ) {
            prop_assert_eq!(fingerprint(&effects, &[]), fingerprint(&shuffled, &[]));
        }

        #[test]
        fn one_more_effect_is_another_fingerprint(effects in effects(), more in effects()) {
            prop_assume!(!more.is_empty());
            let both = [effects.clone(), more].concat();
            prop_assert_ne!(fingerprint(&effects, &[]), fingerprint(&both, &[]));
        }

        #[test]
        fn a_fingerprint_is_read_in_the_spelling_in_which_it_is_shown_and_in_no_other(number: u128) {
            let shown = Fingerprint(number).to_string();
            prop_assert_eq!(shown.parse(), Ok(Fingerprint(number)));
            prop_assert!(shown[1..].parse::<Fingerprint>().is_err());
            let signed = format!("+{}", &shown[1..]);
            prop_assert!(signed.parse::<Fingerprint>().is_err());
        }
    }

    #[test]
    fn what_a_change_makes_is_known_by_its_number() {
        let gain = |workspace: u128| Effect {
            workspace: Some(WorkspaceId(Uuid::from_u128(workspace))),
            ..effect(0, 0, None, Some(10))
        };
        let made = |number: u128| [Uuid::from_u128(99), Uuid::from_u128(number)];
        assert_eq!(fingerprint(&[gain(1)], &made(1)), fingerprint(&[gain(2)], &made(2)));
        assert_ne!(fingerprint(&[gain(1)], &made(1)), fingerprint(&[gain(2)], &[]));
    }

    #[test]
    fn people_and_workspaces_are_counted_once() {
        let mut survey = Survey::new(&[]);
        for effect in [
            effect(0, 2, Some(10), Some(30)),
            effect(0, 0, None, Some(10)),
            effect(0, 1, Some(10), None),
            effect(1, 0, Some(10), Some(20)),
        ] {
            survey.effect(&effect);
        }
        let wanted = Counts { gains: 1, losses: 1, changes: 1, org_roles: 1, people: 2, workspaces: 2 };
        assert_eq!(survey.finish().0, wanted);
    }
}
