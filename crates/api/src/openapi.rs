//! The API's description (OpenAPI 3.1), made from the handlers; `openapi.json` beside `Cargo.toml` is a copy of it.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{
    admin::{self, plan::Plans},
    health, metrics, oauth,
};

/// The description as JSON text, as `/openapi.json` sends it.
pub fn document() -> String {
    let mut text =
        description().to_pretty_json().expect("the description holds nothing but text and numbers");
    text.push('\n');
    text
}

/// The same as a value.
pub(crate) fn description() -> openapi::OpenApi {
    Description::openapi()
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Rolecall admin API",
        description = "For administrators' programs. The key names the organisation. Errors are RFC 9457 \
            `application/problem+json`. The SCIM side, under `/scim/{org}/v2`, describes itself at \
            `/scim/{org}/v2/Schemas`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/")),
    security(("bearer" = []), ("x-api-key" = [])),
    modifiers(&Shared, &Plans),
    tags(
        (name = "Mappings", description = "Group → (workspace, role), made by an administrator"),
        (name = "Roles", description = "Group → role in the organisation, made by an administrator"),
        (name = "Groups", description = "What an IdP pushed"),
        (name = "Connections", description = "How each IdP's requests are read, and what each may do"),
        (name = "Holds", description = "Who has access still that the directory took away"),
        (name = "Schemas", description = "Attributes of an organisation's own"),
        (name = "Settings", description = "The organisation's switches"),
        (name = "Workspaces", description = "Where people work together"),
        (name = "Members", description = "Who is in a workspace and why, and what is given by hand"),
        (name = "Access", description = "Why somebody has what they have, and who had what when"),
        (name = "Users", description = "The people that an IdP pushed"),
        (name = "Adoption", description = "People who were there before a directory pushed them"),
        (name = "Secrets", description = "Secret Tokens for IdPs, keys for this API, and setup links"),
        (name = "Requests", description = "The provisioning log: what identity providers asked, and what they were answered"),
        (name = "Events", description = "What happened"),
        (name = "OAuth", description = "Access tokens for identity providers that want OAuth 2.0"),
        (name = "Operation", description = "For operators and their monitoring; without a key"),
    ),
    paths(
        admin::mappings::create,
        admin::mappings::list,
        admin::mappings::change,
        admin::mappings::delete,
        admin::mappings::pause,
        admin::mappings::resume,
        admin::role_mappings::create,
        admin::role_mappings::list,
        admin::role_mappings::change,
        admin::role_mappings::delete,
        admin::role_mappings::pause,
        admin::role_mappings::resume,
        admin::groups::list,
        admin::connections::list,
        admin::connections::create,
        admin::connections::find,
        admin::connections::change,
        admin::connections::remove,
        admin::holds::list,
        admin::holds::approve_all,
        admin::holds::reject_all,
        admin::holds::approve,
        admin::holds::reject,
        admin::schemas::list,
        admin::schemas::add,
        admin::schemas::find,
        admin::schemas::replace,
        admin::schemas::remove,
        admin::reconcile::run,
        admin::settings::show,
        admin::settings::change,
        admin::organisation::show,
        admin::organisation::change,
        admin::workspaces::create,
        admin::workspaces::list,
        admin::workspaces::find,
        admin::workspaces::update,
        admin::workspaces::delete,
        admin::workspaces::archive,
        admin::workspaces::restore,
        admin::members::list,
        admin::members::find,
        admin::members::give,
        admin::members::change,
        admin::members::take_back,
        admin::users::list,
        admin::users::find,
        admin::tokens::create,
        admin::tokens::list,
        admin::tokens::revoke,
        admin::api_keys::create,
        admin::api_keys::list,
        admin::api_keys::revoke,
        admin::setup_links::create,
        admin::setup_links::list,
        admin::setup_links::revoke,
        admin::requests::list,
        admin::requests::find,
        admin::access::why,
        admin::findings::list,
        admin::events::list,
        admin::history::list,
        admin::history::forget,
        admin::review::show,
        admin::imports::run,
        admin::matches::list,
        admin::matches::accept,
        admin::matches::accept_all,
        admin::matches::refuse,
        admin::matches::list_refused,
        admin::matches::reconsider,
        admin::undo::show,
        admin::undo::run,
        oauth::token::issue,
        health::live,
        health::ready,
        metrics::show,
    )
)]
struct Description;

/// What no single handler says: the two ways to present a key, and the refusals.
struct Shared;

impl Modify for Shared {
    fn modify(&self, description: &mut openapi::OpenApi) {
        let components = description.components.get_or_insert_default();
        admin::refusal::describe(components);
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("rck_…").build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let header = ApiKey::Header(ApiKeyValue::new("x-api-key"));
        components.add_security_scheme("x-api-key", SecurityScheme::ApiKey(header));
    }
}
