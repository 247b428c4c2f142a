//! An organisation that lives: random things done by its directory and its administrators, by the use cases, each a unit
//! of work of its own, and what can be seen of it in between.

mod turns;

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use rolecall_domain::{
    event::{Actor, Cause},
    grant::{Expiry, Grant},
    ids::{ChangeId, GroupId, OrgId, TokenId, UserId, WorkspaceId},
    ports::{ReadTx, StoreError, StoreResult, Tx, write_now},
    records::{MemberId, Source},
    role::{OrgRole, WorkspaceRole},
    testing::{
        NumberedIds, THEN, a_group_body, a_group_patch, a_user_document, a_user_patch, the_connection,
    },
    time::Timestamp,
    use_cases::{
        Act, Expected, connections, groups,
        import::{Import, ImportError, ImportRow},
        mappings::{self, GroupRef},
        matches,
        plan::{self, Stopped, Wish},
        role_mappings, settings, users,
        workspaces::{self, WorkspaceRef},
    },
};
use rolecall_scim::{profile::Profile, schema::ResourceType};
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{Subject, World, from_start};

pub(crate) use turns::Turn;

/// One of those that there are, whichever this number leads to.
pub(crate) type One = u16;

/// Something that somebody does. Whom and what is chosen among those that there are.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Hire(u8, OrgRole),
    Promote(One, OrgRole),
    Activate(One, bool),
    Dismiss(One),
    Found(u8, u8, One),
    Join(One, One),
    Nest(One, One),
    Leave(One, One),
    Empty(One),
    Rename(One, u8, u8),
    Dissolve(One),
    Open(u8),
    Close(One),
    Map(One, One, WorkspaceRole),
    Remap(One, WorkspaceRole),
    Unmap(One),
    Give(One, One, Grant),
    Change(One, One, Grant),
    TakeBack(One, One),
    Pattern(bool),
    Raise(One, OrgRole),
    Lower(One),
    Import(u8),
    Merge(One, One),
    Turn(Turn),
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let one = any::<One>;
    let org_role = || prop::sample::select(OrgRole::ALL.to_vec());
    let role = || prop::sample::select(WorkspaceRole::ALL.to_vec());
    prop_oneof![
        3 => (0..6u8, org_role()).prop_map(|(n, role)| Step::Hire(n, role)),
        2 => (one(), org_role()).prop_map(|(p, role)| Step::Promote(p, role)),
        2 => (one(), any::<bool>()).prop_map(|(p, active)| Step::Activate(p, active)),
        1 => one().prop_map(Step::Dismiss),
        3 => (0..4u8, 0..4u8, one()).prop_map(|(n, kind, p)| Step::Found(n, kind, p)),
        6 => (one(), one()).prop_map(|(g, p)| Step::Join(g, p)),
        2 => (one(), one()).prop_map(|(g, h)| Step::Nest(g, h)),
        2 => (one(), one()).prop_map(|(g, p)| Step::Leave(g, p)),
        1 => one().prop_map(Step::Empty),
        2 => (one(), 0..4u8, 0..4u8).prop_map(|(g, n, kind)| Step::Rename(g, n, kind)),
        1 => one().prop_map(Step::Dissolve),
        2 => (0..3u8).prop_map(Step::Open),
        1 => one().prop_map(Step::Close),
        4 => (one(), one(), role()).prop_map(|(g, w, role)| Step::Map(g, w, role)),
        1 => (one(), role()).prop_map(|(m, role)| Step::Remap(m, role)),
        1 => one().prop_map(Step::Unmap),
        3 => (one(), one(), grant()).prop_map(|(p, w, grant)| Step::Give(p, w, grant)),
        2 => (one(), one(), grant()).prop_map(|(p, w, grant)| Step::Change(p, w, grant)),
        1 => (one(), one()).prop_map(|(p, w)| Step::TakeBack(p, w)),
        1 => any::<bool>().prop_map(Step::Pattern),
        2 => (one(), org_role()).prop_map(|(g, role)| Step::Raise(g, role)),
        1 => one().prop_map(Step::Lower),
        3 => (0..4u8).prop_map(Step::Import),
        2 => (one(), one()).prop_map(|(w, p)| Step::Merge(w, p)),
        12 => turns::turn().prop_map(Step::Turn),
    ]
}

/// What is given by hand: half of it ends, long after everything that happens here.
fn grant() -> impl Strategy<Value = Grant> {
    let role = || prop::sample::select(WorkspaceRole::ALL.to_vec());
    let expiry = prop::option::of((1..4i64, prop::option::of(role())));
    (role(), expiry).prop_map(|(role, expiry)| {
        let ends = |(days, then): (i64, Option<_>)| Expiry {
            at: THEN.plus_days(days),
            then: then.filter(|then| *then < role),
        };
        Grant { role, expiry: expiry.map(ends) }
    })
}

/// Everything that decides about access, and the access itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct State {
    pub(crate) people: BTreeMap<UserId, (bool, OrgRole)>,
    /// What the application calls them, where that is not the id.
    pub(crate) app_ids: BTreeMap<UserId, String>,
    /// What people are in the organisation in the end.
    pub(crate) roles: BTreeMap<UserId, OrgRole>,
    /// With whether they are paused, as below.
    pub(crate) role_mappings: BTreeMap<GroupId, (OrgRole, bool)>,
    pub(crate) members: BTreeSet<(GroupId, MemberId)>,
    pub(crate) mappings: BTreeMap<(GroupId, WorkspaceId), (WorkspaceRole, bool)>,
    pub(crate) grants: BTreeMap<(UserId, WorkspaceId), Grant>,
    pub(crate) memberships: BTreeMap<(UserId, WorkspaceId), WorkspaceRole>,
    /// Name, slug, and whether it is archived.
    pub(crate) workspaces: BTreeMap<WorkspaceId, (String, String, bool)>,
    /// What the settings say, and each connection.
    pub(crate) settings: String,
    pub(crate) groups: BTreeSet<GroupId>,
}

impl State {
    pub(crate) fn of(tx: &mut dyn ReadTx, org: OrgId) -> StoreResult<Self> {
        let mut state = Self::default();
        let workspaces = tx.list_workspaces(org, from_start(500))?;
        state.workspaces = workspaces
            .into_iter()
            .map(|one| (one.id, (one.name, one.slug, one.archived_at.is_some())))
            .collect();
        let connections = tx.list_connections(org)?;
        // The one for people of nobody's comes with the first of them, and gives nothing.
        let pushing = connections.iter().filter(|one| !one.id.is_by_hand());
        let connections: Vec<_> =
            pushing.map(|one| (&one.name, &one.switches, one.paused_at.is_some())).collect();
        state.settings = format!("{:?} {connections:?}", tx.settings(org)?);
        for user in tx.list_users(org, &Default::default(), from_start(500))? {
            // Whom the directory removed and a hold keeps is there no more.
            if user.gone_at.is_none() {
                state.people.insert(user.id, (user.facts.active, user.facts.org_role));
            }
            state.roles.insert(user.id, user.org_role);
            state.app_ids.extend(tx.app_ids_of(org, &[user.id])?);
            for (_, workspace, source) in tx.sources_of(org, &[user.id], None)? {
                if let Source::Grant(grant) = source {
                    state.grants.insert((user.id, workspace), grant);
                }
            }
            for place in tx.workspaces_of(org, user.id)? {
                state.memberships.insert((user.id, place.workspace_id), place.role);
            }
        }
        for group in tx.list_groups(org, from_start(500))? {
            state.groups.insert(group.id);
            let members = tx.members_of(org, group.id, from_start(500))?;
            state.members.extend(members.into_iter().map(|member| (group.id, member)));
            for mapping in tx.mappings_of(org, group.id)? {
                let says = (mapping.role, mapping.paused_at.is_some());
                state.mappings.insert((group.id, mapping.workspace), says);
            }
            let role = tx.role_mapping_of(org, group.id)?;
            state.role_mappings.extend(role.map(|one| (group.id, (one.role, one.paused_at.is_some()))));
        }
        Ok(state)
    }

    /// What people have, as ranks: in workspaces, and in the organisation.
    pub(crate) fn access(&self) -> BTreeMap<(UserId, Option<WorkspaceId>), i16> {
        let places =
            self.memberships.iter().map(|((user, place), role)| ((*user, Some(*place)), role.rank()));
        let people = self.roles.iter().map(|(user, role)| ((*user, None), role.rank()));
        places.chain(people).collect()
    }
}

/// Every text that the store shows, byte for byte.
pub(crate) fn everything(tx: &mut dyn ReadTx, org: OrgId) -> StoreResult<String> {
    let state = State::of(tx, org)?;
    let people = tx.list_users(org, &Default::default(), from_start(500))?;
    let groups = tx.list_groups(org, from_start(500))?;
    let ids: Vec<GroupId> = groups.iter().map(|group| group.id).collect();
    let mappings = tx.mappings_of_all(org, &ids)?;
    let workspaces = tx.list_workspaces(org, from_start(500))?;
    let events = tx.events_after(org, 0, 10_000)?;
    let settings = tx.settings(org)?;
    Ok(format!("{state:?}\n{people:?}\n{groups:?}\n{mappings:?}\n{workspaces:?}\n{events:?}\n{settings:?}"))
}

/// The organisation.
pub(crate) struct Town {
    pub(crate) world: World,
    ids: Arc<NumberedIds>,
    done: Cell<u32>,
}

impl Town {
    pub(crate) fn new(world: World) -> Self {
        Self { world, ids: Arc::default(), done: Cell::new(0) }
    }

    /// What the next thing is put down to, and when it happens.
    pub(crate) fn next_cause(&self) -> Cause {
        self.done.set(self.done.get() + 1);
        let n = self.done.get();
        // Each organisation of one store has ids of its own.
        let change = ChangeId(Uuid::from_u128((u128::from(n) << 64) | u128::from(self.world.org.0 as u64)));
        let token = TokenId(Uuid::from_u128(u128::from(n % 2)));
        let actor = Actor::Idp { connection: the_connection(), token };
        Cause { change, actor, at: Timestamp(THEN.0 + i64::from(n) * 1000) }
    }

    /// Does something as was wished; what cannot be done is left.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        cause: Cause,
        wish: Wish,
        mut work: impl FnMut(&mut dyn Tx, &Act<'_>) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Stopped<Refused>> {
        let (org, ids) = (self.world.org, self.ids.clone());
        write_now(&*self.world.store, move |tx| {
            plan::run(
                tx,
                &Act {
                    org,
                    cause,
                    ids: &*ids,
                    switches: rolecall_domain::switches::Switches::nothing_special(),
                },
                &wish,
                |tx, act| work(tx, act),
            )
        })
    }

    pub(crate) fn step(&self, cause: Cause, wish: Wish, step: &Step) -> Result<(), Stopped<Refused>> {
        let step = step.clone();
        self.run(cause, wish, move |tx, act| step.apply(tx, act))
    }

    pub(crate) fn state(&self) -> State {
        self.world.read(State::of)
    }

    pub(crate) fn everything(&self) -> String {
        self.world.read(everything)
    }
}

/// Why something was not done.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It cannot be done as things are.
    NotNow,
    /// The store failed, which is never right.
    Store(#[allow(dead_code, reason = "it is shown when a test fails")] StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

macro_rules! refused_by {
    ($($error:ty),+) => {$(
        impl From<$error> for Refused {
            fn from(error: $error) -> Self {
                type Error = $error;
                match error {
                    Error::Store(error) => error.into(),
                    _ => Self::NotNow,
                }
            }
        }
    )+};
}
refused_by!(
    rolecall_domain::use_cases::ResourceError,
    mappings::MappingError,
    workspaces::WorkspaceError,
    settings::SettingsError,
    ImportError,
    matches::MatchError,
    connections::ConnectionError
);

fn name_of_group(number: u8, kind: u8) -> String {
    match kind {
        0 | 1 => format!("ws-w{}-role-{}", number % 3, if kind == 0 { "admin" } else { "member" }),
        _ => format!("g{number}"),
    }
}

fn pick<T: Clone>(list: &[T], index: &One) -> Result<T, Refused> {
    if list.is_empty() { Err(Refused::NotNow) } else { Ok(list[usize::from(*index) % list.len()].clone()) }
}

/// What there is to choose from.
struct There {
    people: Vec<UserId>,
    /// Those of them whom no directory has taken in.
    waiting: Vec<UserId>,
    groups: Vec<GroupId>,
    workspaces: Vec<WorkspaceRef>,
}

impl There {
    fn new(tx: &mut dyn Tx, org: OrgId) -> StoreResult<Self> {
        let groups = tx.list_groups(org, from_start(500))?;
        let people = tx.list_users(org, &Default::default(), from_start(500))?;
        Ok(Self {
            people: people.iter().map(|user| user.id).collect(),
            waiting: people.iter().filter(|user| user.connection.is_by_hand()).map(|user| user.id).collect(),
            groups: groups.iter().filter(|group| group.pushed()).map(|group| group.id).collect(),
            workspaces: tx
                .list_workspaces(org, from_start(500))?
                .into_iter()
                .map(|workspace| WorkspaceRef(workspace.slug))
                .collect(),
        })
    }
}

impl Step {
    fn apply(&self, tx: &mut dyn Tx, act: &Act<'_>) -> Result<(), Refused> {
        let there = There::new(tx, act.org)?;
        // No directory does these.
        let by_operator = Act { cause: Cause { actor: Actor::Operator, ..act.cause }, ..*act };
        match self {
            Self::Import(..) | Self::Merge(..) => self.by_hand(tx, &by_operator, &there),
            Self::Hire(..) | Self::Promote(..) | Self::Activate(..) | Self::Dismiss(..) => {
                self.on_people(tx, act, &there)
            }
            Self::Turn(turn) => turn.apply(tx, act, &there.workspaces),
            Self::Open(_)
            | Self::Close(_)
            | Self::Map(..)
            | Self::Remap(..)
            | Self::Unmap(_)
            | Self::Give(..)
            | Self::Change(..)
            | Self::TakeBack(..)
            | Self::Pattern(_)
            | Self::Raise(..)
            | Self::Lower(_) => self.by_hand(tx, act, &there),
            _ => self.on_groups(tx, act, &there),
        }
    }

    fn on_people(&self, tx: &mut dyn Tx, act: &Act<'_>, there: &There) -> Result<(), Refused> {
        let kind = ResourceType::user();
        let mut patch = |id, operations: Value| {
            let operations = a_user_patch(operations);
            users::apply(tx, act, kind, id, &operations, Profile::Compatible, &Expected::Any).map(drop)
        };
        match self {
            Self::Hire(n, role) => {
                let name = if n % 2 == 0 { format!("p{n}@{}", turns::DOMAIN) } else { format!("p{n}") };
                if !turns::trusted(tx, act, &name)? {
                    return Err(Refused::NotNow);
                }
                let body = json!({"userName": name, "roles": [role.as_str()], "title": "Dr."});
                users::create(tx, act, kind, the_connection(), a_user_document(body))?;
            }
            Self::Promote(p, role) => {
                let roles = json!([{"op": "replace", "path": "roles", "value": [{"value": role.as_str()}]}]);
                patch(pick(&there.people, p)?, roles)?;
            }
            Self::Activate(p, active) => {
                patch(
                    pick(&there.people, p)?,
                    json!([{"op": "replace", "path": "active", "value": active}]),
                )?;
            }
            Self::Dismiss(p) => users::delete(tx, act, pick(&there.people, p)?, &Expected::Any)?,
            _ => return Err(Refused::NotNow),
        }
        Ok(())
    }

    fn on_groups(&self, tx: &mut dyn Tx, act: &Act<'_>, there: &There) -> Result<(), Refused> {
        let kind = ResourceType::group();
        if let Self::Found(n, name, first) = self {
            let members: Vec<Value> = match pick(&there.people, first) {
                Ok(person) => vec![json!({"value": person})],
                Err(_) => Vec::new(),
            };
            let body = a_group_body(json!({"displayName": name_of_group(*n, *name), "members": members}));
            groups::create(tx, act, kind, the_connection(), body)?;
            return Ok(());
        }
        if let Self::Dissolve(g) = self {
            return Ok(groups::delete(tx, act, pick(&there.groups, g)?, &Expected::Any)?);
        }
        let of_members =
            |op: &str, id: String| json!([{"op": op, "path": "members", "value": [{"value": id}]}]);
        let (group, operations) = match self {
            Self::Join(g, p) => (g, of_members("add", pick(&there.people, p)?.to_string())),
            Self::Nest(g, h) => (g, of_members("add", pick(&there.groups, h)?.to_string())),
            Self::Leave(g, p) => (g, of_members("remove", pick(&there.people, p)?.to_string())),
            Self::Empty(g) => (g, json!([{"op": "remove", "path": "members"}])),
            Self::Rename(g, n, name) => {
                (g, json!([{"op": "replace", "path": "displayName", "value": name_of_group(*n, *name)}]))
            }
            _ => return Err(Refused::NotNow),
        };
        let (group, steps) = (pick(&there.groups, group)?, a_group_patch(operations));
        groups::apply(tx, act, kind, group, &steps, Profile::Compatible, &Expected::Any)?;
        Ok(())
    }

    fn by_hand(&self, tx: &mut dyn Tx, act: &Act<'_>, there: &There) -> Result<(), Refused> {
        let mapping = |tx: &mut dyn Tx, m: &One| {
            let all = tx.list_mappings(act.org, &Default::default(), from_start(500))?;
            pick(&all, m).map(|mapping| mapping.id.to_string())
        };
        let place = |w: &One| pick(&there.workspaces, w);
        let person = |p: &One| pick(&there.people, p).map(|id| id.to_string());
        match self {
            Self::Open(n) => drop(workspaces::create(tx, act, &format!("w{n}"), None)?),
            Self::Close(w) => workspaces::delete(tx, act, &place(w)?)?,
            Self::Map(g, w, role) => {
                let group = GroupRef::Id(pick(&there.groups, g)?.to_string());
                mappings::create(tx, act, &group, &place(w)?, *role)?;
            }
            Self::Remap(m, role) => {
                let id = mapping(tx, m)?;
                mappings::change(tx, act, &id, Some(*role), None)?;
            }
            Self::Unmap(m) => {
                let id = mapping(tx, m)?;
                mappings::delete(tx, act, &id, mappings::Members::Leave)?;
            }
            Self::Give(p, w, grant) => drop(workspaces::give(tx, act, &place(w)?, &person(p)?, *grant)?),
            Self::Change(p, w, grant) => {
                workspaces::change_grant(tx, act, &place(w)?, &person(p)?, *grant)?;
            }
            Self::TakeBack(p, w) => workspaces::take_back(tx, act, &place(w)?, &person(p)?)?,
            Self::Pattern(enabled) => {
                settings::change(tx, act, |settings| settings.pattern.enabled = *enabled)?;
            }
            Self::Raise(g, role) => {
                let group = pick(&there.groups, g)?;
                match tx.role_mapping_of(act.org, group)? {
                    None => role_mappings::create(tx, act, &GroupRef::Id(group.to_string()), *role)?,
                    Some(there) => role_mappings::change(tx, act, &there.id.to_string(), Some(*role), None)?,
                };
            }
            Self::Lower(m) => {
                let all = tx.list_role_mappings(act.org, from_start(500))?;
                role_mappings::delete(tx, act, &pick(&all, m)?.id.to_string())?;
            }
            Self::Import(n) => {
                let mut import = Import::begin(tx, act)?;
                let row = ImportRow {
                    // Half of them have an id of the application's own.
                    id: n.is_multiple_of(2).then(|| format!("E-{n}")),
                    user_name: format!("m{n}"),
                    role: Some(OrgRole::ALL[usize::from(*n) % OrgRole::ALL.len()]),
                    ..ImportRow::default()
                };
                import.take(tx, act, 1, Ok(row))?;
                import.finish(tx, act)?;
            }
            Self::Merge(w, p) => {
                let others: Vec<UserId> =
                    there.people.iter().filter(|id| !there.waiting.contains(id)).copied().collect();
                let (waiting, with) = (pick(&there.waiting, w)?, pick(&others, p)?);
                matches::accept(tx, act, &waiting.to_string(), &with.to_string())?;
            }
            _ => return Err(Refused::NotNow),
        }
        Ok(())
    }
}

/// Lets towns live, the same ones in each run.
pub(crate) fn live(subject: &mut Subject, cases: u32, steps: usize, each: impl Fn(Town, Vec<Step>)) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let number = Cell::new(0);
    let lives = proptest::collection::vec(step(), 1..steps);
    let lived = runner.run(&lives, |steps| {
        number.set(number.get() + 1);
        each(Town::new(subject.org(&format!("town-{}", number.get()))), steps);
        Ok(())
    });
    lived.unwrap();
}
