//! What happened, in order, for programs that follow an organisation.

use std::{collections::BTreeMap, str::FromStr};

use actix_web::{
    HttpRequest,
    web::{Data, ServiceConfig},
};
use rolecall_domain::{
    event::{Actor, Changed, Event, EventKind},
    ids::{
        AdministratorId, ApiKeyId, ChangeId, ConnectLinkId, ConnectionId, GroupId, MappingId, TokenId,
        UserId, WorkspaceId,
    },
    ports::ReadCost,
    role::{OrgRole, WorkspaceRole},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    answer::{self, Answer},
    call::Call,
    page::{self, Limit},
    query,
    refusal::Refusal,
    words,
};
use crate::{endpoint::Endpoint, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/events").get(list).done());
}

/// Which events.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// What happened after the event of this `id`; from the beginning, if absent. `cursor` says the same.
    #[serde(default, alias = "cursor", deserialize_with = "words::given")]
    #[param(value_type = Option<String>, example = "1041")]
    after: Option<Seen>,
    /// At most so many; 50 if absent. More than 500 count as 500.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: Option<Limit>,
    /// Only these: types, or what they begin with up to the dot, separated by commas.
    #[serde(default, rename = "type", deserialize_with = "words::given")]
    #[param(value_type = Option<String>, example = "membership.,user.role_changed")]
    kinds: Option<Kinds>,
}

/// How many events a page with a `type` looks at. So it costs the same whatever there is, and may come back empty.
const LOOKED_AT: u32 = 2000;

/// The types that a program wants to hear of.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Kinds(Vec<&'static str>);

impl FromStr for Kinds {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let mut wanted = Vec::new();
        for word in text.split(',').map(str::trim) {
            let known = EventKind::ALL.iter().map(|kind| kind.as_str());
            let family = word.strip_suffix('*').unwrap_or(word);
            let before = wanted.len();
            wanted.extend(
                known.filter(|kind| *kind == word || (family.ends_with('.') && kind.starts_with(family))),
            );
            if wanted.len() == before {
                return Err(format!(
                    "there is no type `{word}`; write one such as `membership.created`, or `membership.` for all of its kind"
                ));
            }
        }
        Ok(Self(wanted))
    }
}

/// The place of the last event that a program has seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Seen(pub(super) i64);

impl FromStr for Seen {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|number| *number >= 0).map(Self);
        number.ok_or_else(|| {
            format!("`{text}` is not the id of an event; leave it out to start from the beginning")
        })
    }
}

/// One fact that happened. What does not matter to its type is absent.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct EventView {
    /// Its place in the organisation's order.
    #[schema(example = "1042")]
    id: String,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(example = "membership.changed")]
    kind: String,
    /// When.
    #[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    time: Timestamp,
    /// By which request, and by whom.
    cause: CauseView,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a02")]
    user_id: Option<UserId>,
    /// In which group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    group_id: Option<GroupId>,
    /// Which group joined or left the group, of `group.member_added` and `.member_removed`, when it was no person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    member_group_id: Option<GroupId>,
    /// By which mapping.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    mapping_id: Option<MappingId>,
    /// In which workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a01")]
    workspace_id: Option<WorkspaceId>,
    /// The role before: in the organisation for `user.*`, in the workspace otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "member")]
    old_role: Option<&'static str>,
    /// The role after.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "admin")]
    new_role: Option<&'static str>,
    /// The name at the time of what it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// Of `user.merged` and `user.unmerged`: the id of who was made one with `user_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    former_id: Option<UserId>,
    /// And the application's own id of the two.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "E-1017")]
    app_id: Option<String>,
    /// What became of other fields: `paused` and `group_id` of mappings, `name`, `slug` and `archived` of workspaces, `roles` of
    /// people, and each field of the settings and of a connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<ChangedView>,
}

/// The fields that an event changed.
#[derive(Serialize, ToSchema)]
#[schema(as = EventChanges)]
pub(crate) struct ChangedView {
    /// The connection, of `connection.updated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    connection_id: Option<Uuid>,
    /// As they were.
    #[schema(example = json!({"paused": false}))]
    before: BTreeMap<String, Value>,
    /// As they are.
    #[schema(example = json!({"paused": true}))]
    after: BTreeMap<String, Value>,
}

impl From<Changed> for ChangedView {
    fn from(Changed { id, before, after }: Changed) -> Self {
        Self { connection_id: id, before: before.into_iter().collect(), after: after.into_iter().collect() }
    }
}

/// Why something happened.
#[derive(Serialize, ToSchema)]
#[schema(as = EventCause)]
pub(crate) struct CauseView {
    /// What one request caused carries one id; it is also the request's `X-Request-Id`.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a07")]
    change_id: ChangeId,
    /// Who sent it.
    by: ActorView,
}

/// Who caused an event.
#[derive(Serialize, ToSchema)]
#[schema(as = EventActor)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ActorView {
    /// An identity provider.
    Idp {
        /// Its connection.
        #[schema(value_type = String, format = Uuid)]
        connection_id: ConnectionId,
        /// The token that it presented.
        #[schema(value_type = String, format = Uuid)]
        token_id: TokenId,
    },
    /// An administrator's program.
    ApiKey {
        /// The key that it presented.
        #[schema(value_type = String, format = Uuid)]
        key_id: ApiKeyId,
    },
    /// An administrator in the console.
    Administrator {
        /// Who.
        #[schema(value_type = String, format = Uuid)]
        administrator_id: AdministratorId,
    },
    /// Whoever holds a setup link.
    SetupLink {
        /// Which link.
        #[schema(value_type = String, format = Uuid)]
        setup_link_id: ConnectLinkId,
    },
    /// Somebody at the server's command line.
    Operator,
    /// The server by itself, when the time of something had come.
    Server,
}

impl From<Actor> for ActorView {
    fn from(actor: Actor) -> Self {
        match actor {
            Actor::Idp { connection, token } => Self::Idp { connection_id: connection, token_id: token },
            Actor::ApiKey(key) => Self::ApiKey { key_id: key },
            Actor::Administrator(id) => Self::Administrator { administrator_id: id },
            Actor::SetupLink(id) => Self::SetupLink { setup_link_id: id },
            Actor::Operator => Self::Operator,
            Actor::Server => Self::Server,
        }
    }
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventPage {
    /// In the order in which they happened.
    data: Vec<EventView>,
    /// Give it as `after` to go on at once; `null` when nothing more has happened yet.
    #[schema(required)]
    next_cursor: Option<String>,
    /// Everything up to here has been told, or passed over as of another `type`. Keep it, and give it as `after` the next
    /// time.
    #[schema(example = "1042")]
    last_id: String,
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        let word = role_word(&event.kind);
        // The record keeps a group that is in a group as the subject.
        let nested = event.user_id.is_none() && event.kind.starts_with("group.member_");
        let (member_group_id, subject) = match event.subject {
            Some(subject) if nested => (GroupId::parse(&subject), None),
            other => (None, other),
        };
        Self {
            id: event.seq.to_string(),
            time: event.time,
            cause: CauseView { change_id: event.change_id, by: event.actor.into() },
            user_id: event.user_id,
            group_id: event.group_id,
            member_group_id,
            mapping_id: event.mapping_id,
            workspace_id: event.workspace_id,
            old_role: event.old_role.and_then(word),
            new_role: event.new_role.and_then(word),
            subject,
            former_id: event.former_id,
            app_id: event.app_id,
            changed: event.changed.map(ChangedView::from),
            kind: event.kind,
        }
    }
}

/// How the ranks of an event read: of organisation roles where it is about one of those.
fn role_word(kind: &str) -> fn(i16) -> Option<&'static str> {
    let of_org = [
        EventKind::UserCreated,
        EventKind::UserRoleChanged,
        EventKind::RoleMappingCreated,
        EventKind::RoleMappingUpdated,
        EventKind::RoleMappingDeleted,
    ]
    .iter()
    .any(|known| known.as_str() == kind);
    if of_org {
        |rank| OrgRole::from_rank(rank).map(OrgRole::as_str)
    } else {
        |rank| WorkspaceRole::from_rank(rank).map(WorkspaceRole::as_str)
    }
}

/// What happened, in order. A program that remembers `last_id` misses nothing.
#[utoipa::path(
    get, path = "/v1/events", tag = "Events", operation_id = "list_events",
    params(EventQuery),
    responses((status = 200, description = "A page", body = EventPage), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let wanted: EventQuery = query::read(&request)?;
    let after = wanted.after.map_or(0, |seen| seen.0);
    let limit = page::limit_or_default(wanted.limit);
    let shown = call
        .read(ReadCost::Scan, move |tx, org| {
            let looked_at = if wanted.kinds.is_some() { LOOKED_AT } else { limit };
            let rows = tx.events_after(org, after, looked_at + 1)?;
            Ok(EventPage::of(rows, after, limit as usize, looked_at as usize, wanted.kinds.as_ref()))
        })
        .await?;
    answer::ok(&shown)
}

impl EventPage {
    /// The wanted ones among the first `looked_at` of `rows`, which has one more where there is more; `limit` at most.
    fn of(rows: Vec<Event>, after: i64, limit: usize, looked_at: usize, kinds: Option<&Kinds>) -> Self {
        let (count, mut data, mut last, mut passed) = (rows.len(), Vec::new(), after, 0);
        for event in rows.into_iter().take(looked_at) {
            if data.len() == limit {
                break;
            }
            (last, passed) = (event.seq, passed + 1);
            if kinds.is_none_or(|kinds| kinds.0.contains(&event.kind.as_str())) {
                data.push(EventView::from(event));
            }
        }
        let next_cursor = (passed < count).then(|| last.to_string());
        Self { data, next_cursor, last_id: last.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_read_as_the_role_that_the_event_is_about() {
        let rank = OrgRole::Owner.rank();
        assert_eq!(role_word("user.role_changed")(rank), Some("owner"));
        assert_eq!(role_word("user.created")(rank), Some("owner"));
        assert_eq!(role_word("role_mapping.deleted")(rank), Some("owner"));
        assert_eq!(role_word("membership.changed")(rank), Some("admin"));
        assert_eq!(role_word("grant.created")(WorkspaceRole::Manager.rank()), Some("manager"));
        assert_eq!(role_word("membership.changed")(7), None);
    }

    fn an_event(seq: i64, kind: EventKind) -> Event {
        Event {
            seq,
            kind: kind.as_str().to_owned(),
            time: Timestamp(0),
            change_id: ChangeId(Uuid::nil()),
            actor: Actor::Operator,
            user_id: None,
            group_id: None,
            workspace_id: None,
            mapping_id: None,
            old_role: None,
            new_role: None,
            subject: None,
            former_id: None,
            app_id: None,
            changed: None,
        }
    }

    #[test]
    fn a_page_says_how_far_it_has_looked_whatever_it_shows() {
        let rows = || -> Vec<Event> {
            let kind = |seq| if seq % 4 == 0 { EventKind::MembershipCreated } else { EventKind::UserUpdated };
            (11..=20).map(|seq| an_event(seq, kind(seq))).collect()
        };
        let kinds: Kinds = "membership.".parse().unwrap();
        let page = |limit, looked_at, kinds| {
            let page = EventPage::of(rows(), 10, limit, looked_at, kinds);
            (page.data.len(), page.next_cursor, page.last_id)
        };
        assert_eq!(page(9, 9, None), (9, Some("19".into()), "19".into()));
        assert_eq!(page(50, 50, None), (10, None, "20".into()));
        // 12, 16 and 20 are wanted.
        assert_eq!(page(2, 50, Some(&kinds)), (2, Some("16".into()), "16".into()));
        assert_eq!(page(3, 50, Some(&kinds)), (3, None, "20".into()));
        assert_eq!(page(50, 9, Some(&kinds)), (2, Some("19".into()), "19".into()));
        assert_eq!(page(50, 1, Some(&kinds)), (0, Some("11".into()), "11".into()));
        let nothing = EventPage::of(Vec::new(), 10, 5, 5, None);
        assert_eq!((nothing.next_cursor, nothing.last_id), (None, "10".into()));
    }

    #[test]
    fn types_are_given_whole_or_by_their_beginning() {
        let read = |text: &str| text.parse::<Kinds>().map(|kinds| kinds.0);
        assert_eq!(
            read("user.created, grant.*"),
            Ok(vec!["user.created", "grant.created", "grant.updated", "grant.deleted"])
        );
        for wrong in ["", "user", "user.made", "user.created,", "membership.creat"] {
            assert!(read(wrong).is_err_and(|error| error.contains("there is no type")), "{wrong}");
        }
    }
}
