//! What happened, in order, for programs that follow an organisation.

use std::str::FromStr;

use actix_web::{
    HttpRequest,
    web::{Data, ServiceConfig},
};
use rolecall_domain::{
    event::{Event, EventKind},
    ids::{ChangeId, GroupId, UserId, WorkspaceId},
    ports::ReadCost,
    role::{OrgRole, WorkspaceRole},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

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
}

/// The place of the last event that a program has seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Seen(i64);

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
    /// What one request caused carries one id; it is also the request's `X-Request-Id`.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a07")]
    change_id: ChangeId,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a02")]
    user_id: Option<UserId>,
    /// In which group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    group_id: Option<GroupId>,
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
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventPage {
    /// In the order in which they happened.
    data: Vec<EventView>,
    /// Give it as `after` to continue; `null` when nothing more has happened yet. Continue then after the last `id`.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        let word = role_word(&event.kind);
        Self {
            id: event.seq.to_string(),
            time: event.time,
            change_id: event.change_id,
            user_id: event.user_id,
            group_id: event.group_id,
            workspace_id: event.workspace_id,
            old_role: event.old_role.and_then(word),
            new_role: event.new_role.and_then(word),
            subject: event.subject,
            kind: event.kind,
        }
    }
}

/// How the ranks of an event read: of organisation roles where it is about a person alone.
fn role_word(kind: &str) -> fn(i16) -> Option<&'static str> {
    let of_org =
        [EventKind::UserCreated, EventKind::UserRoleChanged].iter().any(|known| known.as_str() == kind);
    if of_org {
        |rank| OrgRole::from_rank(rank).map(OrgRole::as_str)
    } else {
        |rank| WorkspaceRole::from_rank(rank).map(WorkspaceRole::as_str)
    }
}

/// What happened, in order. A program that remembers the last `id` that it has seen misses nothing.
#[utoipa::path(
    get, path = "/v1/events", tag = "Events", operation_id = "list_events",
    params(EventQuery),
    responses((status = 200, description = "A page", body = EventPage), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let wanted: EventQuery = query::read(&request)?;
    let after = wanted.after.map_or(0, |seen| seen.0);
    let shown = call
        .read(ReadCost::Scan, move |tx, org| {
            let mut rows = tx.events_after(org, after, page::limit_or_default(wanted.limit) + 1)?;
            let next_cursor = page::cut(&mut rows, wanted.limit).map(|last| last.seq.to_string());
            Ok(EventPage { data: rows.into_iter().map(EventView::from).collect(), next_cursor })
        })
        .await?;
    answer::ok(&shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_read_as_the_role_that_the_event_is_about() {
        let rank = OrgRole::Owner.rank();
        assert_eq!(role_word("user.role_changed")(rank), Some("owner"));
        assert_eq!(role_word("user.created")(rank), Some("owner"));
        assert_eq!(role_word("membership.changed")(rank), Some("admin"));
        assert_eq!(role_word("grant.created")(WorkspaceRole::Manager.rank()), Some("manager"));
        assert_eq!(role_word("membership.changed")(7), None);
    }
}
