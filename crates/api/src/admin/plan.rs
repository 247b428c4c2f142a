//! How a change is asked for, and how its plan is shown: alike for every call that changes something.

use std::str::FromStr;

use rolecall_domain::{
    effect::{Counts, Effect, EffectKind, Fingerprint, Place},
    ids::{UserId, WorkspaceId},
    role::{OrgRole, WorkspaceRole},
    use_cases::plan::{Plan, PlanPage, SideEffects, Wish},
};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, Modify, PartialSchema, ToSchema,
    openapi::{
        self, Content, Ref, RefOr, Required,
        path::{Operation, ParameterIn},
        response::ResponseBuilder,
        schema::{OneOfBuilder, Schema},
    },
};
use uuid::Uuid;

use super::{
    page::{self, Limit},
    words,
};
use crate::problem::Problem;

/// How a change is asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WishQuery {
    /// `true`: says what the change would do, and changes nothing.
    #[serde(default, deserialize_with = "words::given")]
    plan: Option<bool>,
    /// `fingerprint` of a plan: the change is refused with 409 when it would no longer do what that plan says.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<String>)]
    fingerprint: Option<Fingerprint>,
    /// Of a plan: at most so many effects; 50 if absent. More than 500 count as 500.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: Option<Limit>,
    /// Of a plan: `next_cursor` of the page before.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

impl WishQuery {
    pub(super) fn wish(self) -> Result<Wish, Problem> {
        match (self.plan.unwrap_or(false), self.fingerprint, self.cursor) {
            (false, None, _) => Ok(Wish::Do),
            (false, Some(planned), _) => Ok(Wish::DoAsPlanned(planned)),
            (true, Some(planned), Some(cursor)) if cursor.0 != planned => {
                Err(Problem::invalid("cursor and fingerprint are of two plans; give the cursor alone"))
            }
            (true, _, cursor) => Ok(Wish::Plan(PlanPage {
                after: cursor.map(|Cursor(planned, place)| (planned, place)),
                limit: page::limit_or_default(self.limit) as usize,
            })),
        }
    }
}

/// Where a page of a plan begins, in which plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Cursor(Fingerprint, Place);

impl Cursor {
    fn render(self) -> String {
        let workspace = self.1.workspace.map_or(Uuid::nil(), |id| id.0);
        format!("{}{}{}", self.0, self.1.user.0.as_simple(), workspace.as_simple())
    }
}

impl FromStr for Cursor {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (planned, user, workspace) = (text.get(..32)?, text.get(32..64)?, text.get(64..)?);
            let (user, workspace) = (Uuid::try_parse(user).ok()?, Uuid::try_parse(workspace).ok()?);
            let workspace = Some(workspace).filter(|id| !id.is_nil()).map(WorkspaceId);
            Some(Self(planned.parse().ok()?, Place { user: UserId(user), workspace }))
        };
        read()
            .filter(|cursor| cursor.render() == text)
            .ok_or_else(|| format!("`{text}` is not one that this plan gave; start again without it"))
    }
}

/// What a change would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plan)]
pub(crate) struct PlanView {
    /// Of the whole change.
    plan: CountsView,
    /// Give it with the change, as `?fingerprint=`, so that it is done as planned or not at all.
    #[schema(example = "6f1c0b7d2a94e8355bd0c6aa11f7d3e2")]
    fingerprint: String,
    /// Whose access would change, by person.
    data: Vec<EffectView>,
    /// Give it as `cursor` to get the next page; `null` on the last. A page of a plan that no longer holds is refused with
    /// 409.
    #[schema(required)]
    next_cursor: Option<String>,
    /// What would happen besides.
    also: Vec<SideEffectView>,
}

/// How many of each kind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanCounts)]
pub(crate) struct CountsView {
    /// Memberships given.
    #[schema(example = 1)]
    gains: u64,
    /// Memberships taken away.
    losses: u64,
    /// Other roles in workspaces.
    changes: u64,
    /// Other roles in the organisation.
    org_roles: u64,
    /// Different people.
    #[schema(example = 1)]
    people: u64,
    /// Different workspaces.
    #[schema(example = 1)]
    workspaces: u64,
}

/// A role that somebody would have, or no longer have.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlannedEffect)]
pub(crate) struct EffectView {
    /// Whose.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a02")]
    user_id: UserId,
    /// `userName`
    #[schema(example = "ada@example.com", required)]
    user_name: Option<String>,
    /// Where; `null` for the organisation itself, and for a workspace that the change makes.
    #[schema(value_type = Option<String>, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a01", required)]
    workspace_id: Option<WorkspaceId>,
    /// The workspace's slug; the name of one that the change removes.
    #[schema(example = "sales", required)]
    slug: Option<String>,
    /// The role before; `null` when there was none.
    #[schema(required)]
    old_role: Option<&'static str>,
    /// The role after; `null` when there is none.
    #[schema(example = "manager", required)]
    new_role: Option<&'static str>,
    /// `gains`, `loses`, `changes`, or `org_role` for a role in the organisation.
    #[schema(example = "gains")]
    kind: &'static str,
}

/// What would happen besides.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlannedSideEffect)]
pub(crate) struct SideEffectView {
    /// What, in the words of events.
    #[serde(rename = "type")]
    #[schema(example = "mapping.created")]
    kind: String,
    /// How often.
    #[schema(example = 1)]
    count: u64,
    /// To what, by name; the first 20.
    #[schema(example = json!(["Sales managers"]))]
    names: Vec<String>,
}

impl From<Counts> for CountsView {
    fn from(counts: Counts) -> Self {
        let Counts { gains, losses, changes, org_roles, people, workspaces } = counts;
        Self { gains, losses, changes, org_roles, people, workspaces }
    }
}

impl From<Plan> for PlanView {
    fn from(plan: Plan) -> Self {
        let next_cursor = plan.next.map(|place| Cursor(plan.fingerprint, place).render());
        let also = |(kind, SideEffects { count, names })| SideEffectView { kind, count, names };
        let (names, made) = (plan.names, plan.made);
        let view = |effect: Effect| {
            let word = role_word(effect.kind());
            EffectView {
                user_id: effect.user,
                user_name: names.user(effect.user).map(str::to_owned),
                workspace_id: effect.workspace.filter(|id| !made.contains(&id.0)),
                slug: effect.workspace.and_then(|id| names.workspace(id)).map(str::to_owned),
                old_role: effect.old.and_then(word),
                new_role: effect.new.and_then(word),
                kind: effect.kind().as_str(),
            }
        };
        Self {
            plan: plan.counts.into(),
            fingerprint: plan.fingerprint.to_string(),
            data: plan.effects.into_iter().map(view).collect(),
            next_cursor,
            also: plan.also.into_iter().map(also).collect(),
        }
    }
}

fn role_word(kind: EffectKind) -> fn(i16) -> Option<&'static str> {
    match kind {
        EffectKind::OrgRole => |rank| OrgRole::from_rank(rank).map(OrgRole::as_str),
        _ => |rank| WorkspaceRole::from_rank(rank).map(WorkspaceRole::as_str),
    }
}

/// Describes plans at every call under `/v1` that changes something, so that no call can forget it.
pub(crate) struct Plans;

impl Modify for Plans {
    fn modify(&self, description: &mut openapi::OpenApi) {
        for (path, item) in &mut description.paths.paths {
            if path.starts_with("/v1/") {
                let changes = [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
                changes.into_iter().flatten().for_each(describe);
            }
        }
        let components = description.components.get_or_insert_default();
        let mut schemas = vec![(PlanView::name().into_owned(), PlanView::schema())];
        PlanView::schemas(&mut schemas);
        components.schemas.extend(schemas);
    }
}

fn describe(operation: &mut Operation) {
    let parameters = WishQuery::into_params(|| Some(ParameterIn::Query));
    operation.parameters.get_or_insert_default().extend(parameters.into_iter().map(|mut parameter| {
        parameter.required = Required::False;
        RefOr::T(parameter)
    }));
    let plan = || RefOr::Ref(Ref::from_schema_name(PlanView::name()));
    let responses = &mut operation.responses.responses;
    responses.entry("409".to_owned()).or_insert_with(|| RefOr::Ref(Ref::from_response_name("Conflict")));
    match responses.get_mut("200") {
        Some(RefOr::T(done)) => {
            for content in done.content.values_mut() {
                let RefOr::T(content) = content else { continue };
                if let Some(schema) = content.schema.take() {
                    content.schema = Some(Schema::from(OneOfBuilder::new().item(schema).item(plan())).into());
                }
            }
            done.description.push_str("; with `plan=true` what it would be like");
        }
        _ => {
            let response = ResponseBuilder::new()
                .description("With `plan=true`: what it would do")
                .content("application/json", Content::new(Some(plan())))
                .build();
            responses.insert("200".to_owned(), response.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(plan: Option<bool>, fingerprint: Option<u128>, cursor: Option<Cursor>) -> Result<Wish, Problem> {
        WishQuery { plan, fingerprint: fingerprint.map(Fingerprint), limit: None, cursor }.wish()
    }

    #[test]
    fn a_change_is_done_unless_its_plan_was_asked_for() {
        assert_eq!(wish(None, None, None).unwrap(), Wish::Do);
        assert_eq!(wish(Some(false), None, None).unwrap(), Wish::Do);
        assert_eq!(wish(None, Some(7), None).unwrap(), Wish::DoAsPlanned(Fingerprint(7)));
        assert!(matches!(wish(Some(true), None, None), Ok(Wish::Plan(PlanPage { after: None, limit: 50 }))));
    }

    #[test]
    fn a_page_belongs_to_one_plan() {
        let place = Place { user: UserId(Uuid::from_u128(3)), workspace: None };
        let cursor = Cursor(Fingerprint(7), place);
        assert_eq!(cursor.render().parse(), Ok(cursor));
        assert!(matches!(wish(Some(true), Some(7), Some(cursor)), Ok(Wish::Plan(_))));
        assert_eq!(wish(Some(true), Some(8), Some(cursor)).unwrap_err().status, 400);
        for wrong in ["", "7", &"g".repeat(96), &"é".repeat(48)] {
            assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
        }
    }
}
