//! An organisation's switches.

use actix_web::{
    HttpRequest,
    web::{Data, Payload, ServiceConfig},
};
use rolecall_domain::{
    guard::Brake, name_rule::NameRule, pattern::NamePattern, ports::ReadCost, records::Settings,
    role::WorkspaceRole, use_cases::settings,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    answer::{self, Answer},
    body,
    call::Call,
    refusal::{BadBody, Refusal},
    words,
};
use crate::{endpoint::Endpoint, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/scim/settings").get(show).patch(change).done());
}

/// The switches.
#[derive(Serialize, ToSchema)]
#[schema(as = Settings)]
pub(crate) struct SettingsView {
    /// How groups are named that map themselves.
    pattern: PatternView,
    /// How other groups are named that map themselves, read after the pattern; the first that matches counts.
    rules: Vec<RuleView>,
    /// What keeps the organisation from accidents.
    guard: GuardView,
}

/// What keeps the organisation from accidents.
#[derive(Serialize, ToSchema)]
#[schema(as = Guard)]
pub(crate) struct GuardView {
    /// The mass-removal brake.
    brake: BrakeView,
}

/// When so many would lose access by the directory that the losses wait for a review.
#[derive(Serialize, ToSchema)]
#[schema(as = Brake)]
pub(crate) struct BrakeView {
    /// Whether anybody looks.
    enabled: bool,
    /// More people than this in a window are too many.
    #[schema(example = 50)]
    max_people: u32,
    /// More than this part of the people who have access are too many, from five people on.
    #[schema(example = 30)]
    max_percent: u8,
    /// The window, in minutes.
    #[schema(example = 60)]
    window_minutes: u32,
}

/// Groups whose whole name a regular expression matches, without regard to case, map themselves. The workspace and the role are
/// each named by a group of the expression, `(?<workspace>…)` and `(?<role>…)`, or said by the rule.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
#[schema(as = NameRule)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleView {
    /// At most 512 characters, in the syntax of the Rust crate `regex`.
    #[schema(example = "eng-(?<workspace>.+)-(?<role>admin|member)")]
    pattern: String,
    /// Slug or name of a workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    workspace: Option<String>,
    /// What the group's people become.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "words::given")]
    #[schema(value_type = Option<words::WorkspaceRoleWord>)]
    role: Option<WorkspaceRole>,
}

/// How groups are named that map themselves: `{prefix}{workspace}{role_separator}{role}`.
#[derive(Serialize, ToSchema)]
#[schema(as = NamePattern)]
pub(crate) struct PatternView {
    /// Whether names are read at all.
    enabled: bool,
    /// What such a name starts with.
    #[schema(example = "ws-")]
    prefix: String,
    /// What stands between workspace and role.
    #[schema(example = "-role-")]
    role_separator: String,
    /// Whether a workspace that a name asks for is made when there is none.
    create_workspaces: bool,
}

/// What to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsChange {
    /// The name pattern.
    pattern: Option<PatternChange>,
    /// All rules, in the order in which they are read; at most 50.
    rules: Option<Vec<RuleView>>,
    /// What keeps the organisation from accidents.
    guard: Option<GuardChange>,
}

/// What to change of the guard; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GuardChange {
    /// The mass-removal brake.
    brake: Option<BrakeChange>,
}

/// What to change of the mass-removal brake; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BrakeChange {
    /// Whether anybody looks.
    enabled: Option<bool>,
    /// More people than this in a window are too many.
    max_people: Option<u32>,
    /// More than this part of the people who have access are too many, from five people on.
    #[schema(minimum = 1, maximum = 100)]
    max_percent: Option<u8>,
    /// The window, in minutes.
    #[schema(minimum = 1, maximum = 10_080)]
    window_minutes: Option<u32>,
}

impl BrakeChange {
    fn apply(&self, brake: &mut Brake) {
        brake.enabled = self.enabled.unwrap_or(brake.enabled);
        brake.max_people = self.max_people.unwrap_or(brake.max_people);
        brake.max_percent = self.max_percent.unwrap_or(brake.max_percent);
        brake.window_minutes = self.window_minutes.unwrap_or(brake.window_minutes);
    }
}

impl From<Brake> for BrakeView {
    fn from(brake: Brake) -> Self {
        let Brake { enabled, max_people, max_percent, window_minutes } = brake;
        Self { enabled, max_people, max_percent, window_minutes }
    }
}

/// What to change of the name pattern; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatternChange {
    /// Whether names are read at all.
    enabled: Option<bool>,
    /// At most 64 characters; may be empty.
    #[schema(example = "ws-")]
    prefix: Option<String>,
    /// 1 to 64 characters.
    #[schema(example = "-role-")]
    role_separator: Option<String>,
    /// Whether a workspace that a name asks for is made when there is none.
    create_workspaces: Option<bool>,
}

impl From<Settings> for SettingsView {
    fn from(settings: Settings) -> Self {
        let NamePattern { enabled, prefix, role_separator, create_workspaces } = settings.pattern;
        let rules = settings.rules.into_iter().map(RuleView::from).collect();
        Self {
            pattern: PatternView { enabled, prefix, role_separator, create_workspaces },
            rules,
            guard: GuardView { brake: settings.guard.brake.into() },
        }
    }
}

impl From<NameRule> for RuleView {
    fn from(NameRule { pattern, workspace, role }: NameRule) -> Self {
        Self { pattern, workspace, role }
    }
}

impl From<RuleView> for NameRule {
    fn from(RuleView { pattern, workspace, role }: RuleView) -> Self {
        Self { pattern, workspace, role }
    }
}

impl SettingsChange {
    fn apply(&self, settings: &mut Settings) {
        if let Some(brake) = self.guard.as_ref().and_then(|guard| guard.brake.as_ref()) {
            brake.apply(&mut settings.guard.brake);
        }
        if let Some(rules) = &self.rules {
            settings.rules = rules.iter().cloned().map(NameRule::from).collect();
        }
        let Some(change) = &self.pattern else { return };
        let pattern = &mut settings.pattern;
        pattern.enabled = change.enabled.unwrap_or(pattern.enabled);
        pattern.create_workspaces = change.create_workspaces.unwrap_or(pattern.create_workspaces);
        if let Some(prefix) = &change.prefix {
            pattern.prefix.clone_from(prefix);
        }
        if let Some(separator) = &change.role_separator {
            pattern.role_separator.clone_from(separator);
        }
    }
}

/// The settings in force.
#[utoipa::path(
    get, path = "/v1/scim/settings", tag = "Settings", operation_id = "get_settings",
    responses((status = 200, description = "The settings", body = SettingsView), Refusal)
)]
pub(crate) async fn show(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let settings = call.read(ReadCost::Point, |tx, org| Ok(tx.settings(org)?)).await?;
    answer::ok(&SettingsView::from(settings))
}

/// Changes the settings that are given. A changed pattern, or changed rules, are applied to all groups at once, and memberships follow.
#[utoipa::path(
    patch, path = "/v1/scim/settings", tag = "Settings", operation_id = "update_settings",
    request_body = SettingsChange,
    responses((status = 200, description = "As they are now", body = SettingsView), Refusal, BadBody)
)]
pub(crate) async fn change(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let wanted: SettingsChange = body::read(&request, &state, payload).await?;
    let settings =
        call.write(move |tx, act| Ok(settings::change(tx, act, |settings| wanted.apply(settings))?)).await?;
    answer::ok(&SettingsView::from(settings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_change_leaves_out_stays() {
        let mut settings = Settings::default();
        let change: SettingsChange = serde_json::from_str(r#"{"pattern": {"prefix": "grp-"}}"#).unwrap();
        change.apply(&mut settings);
        let wanted = NamePattern { prefix: "grp-".into(), ..NamePattern::default() };
        assert_eq!(settings.pattern, wanted);
        serde_json::from_str::<SettingsChange>("{}").unwrap().apply(&mut settings);
        assert_eq!(settings.pattern, wanted);
    }
}
