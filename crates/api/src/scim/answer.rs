//! Turns what is stored into what is sent, by putting texts together: a stored document is not parsed, except where a
//! client asks for some of its attributes alone.

use std::fmt::Write;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use rolecall_domain::records::{Group, GroupOfUser, Member, MemberId, StoredDocument, User};
use rolecall_scim::{
    projection::Projection,
    render::{self, Meta},
    schema::ResourceType,
};
use serde_json::{Map, Value};

use crate::state::AppState;

/// Knows the addresses of one organisation's resources.
pub(super) struct Renderer<'a> {
    base: String,
    projection: &'a Projection,
    user_type: &'static ResourceType,
    group_type: &'static ResourceType,
}

impl<'a> Renderer<'a> {
    pub(super) fn new(state: &AppState, org_slug: &str, projection: &'a Projection) -> Self {
        Self {
            base: state.tenant_url(org_slug),
            projection,
            user_type: state.user_type(),
            group_type: state.group_type(),
        }
    }

    /// Where a person is.
    pub(super) fn user_location(&self, user: &User) -> String {
        format!("{}/Users/{}", self.base, user.id)
    }

    /// Where a group is.
    pub(super) fn group_location(&self, group: &Group) -> String {
        format!("{}/Groups/{}", self.base, group.id)
    }

    /// A person with the groups that they are in.
    pub(super) fn user<'g>(&self, user: &User, groups: impl IntoIterator<Item = &'g GroupOfUser>) -> String {
        let groups = self.groups_of_user(groups);
        let display_name = Value::from(user.facts.display_name.as_str()).to_string();
        let mut extra: Vec<(&str, &str)> = Vec::with_capacity(2);
        if user.facts.display_name_composed {
            extra.push(("displayName", &display_name));
        }
        // An attribute without a value is left out (RFC 7643 §2.5).
        if groups != "[]" {
            extra.push(("groups", &groups));
        }
        let location = self.user_location(user);
        self.resource(&user.document, &user.id.to_string(), self.user_type, &location, &extra)
    }

    /// A group with its members.
    pub(super) fn group<'m>(&self, group: &Group, members: impl IntoIterator<Item = &'m Member>) -> String {
        let members = self.members(members);
        let extra: &[(&str, &str)] = if members == "[]" { &[] } else { &[("members", &members)] };
        let location = self.group_location(group);
        self.resource(&group.document, &group.id.to_string(), self.group_type, &location, extra)
    }

    fn resource(
        &self,
        document: &StoredDocument,
        id: &str,
        resource_type: &ResourceType,
        location: &str,
        extra: &[(&str, &str)],
    ) -> String {
        let meta = Meta {
            resource_type: &resource_type.name,
            created: document.created_at.0,
            last_modified: document.modified_at.0,
            location,
            version: document.version,
        };
        let text = render::resource(&document.text, id, &meta, extra);
        // Members and groups are not in the document, so leaving them out costs nothing.
        if self.projection.only_excludes(&["members", "groups"]) {
            return text;
        }
        match serde_json::from_str::<Map<String, Value>>(&text) {
            Ok(resource) => Value::Object(self.projection.apply(&resource, resource_type)).to_string(),
            Err(_) => text,
        }
    }

    fn members<'m>(&self, members: impl IntoIterator<Item = &'m Member>) -> String {
        list(members, |text, member| {
            let (endpoint, kind) = match member.id {
                MemberId::User(_) => ("Users", "User"),
                MemberId::Group(_) => ("Groups", "Group"),
            };
            let id = member.id.uuid();
            let display = Value::from(member.display.as_str());
            let base = &self.base;
            let _ = write!(
                text,
                r#"{{"value":"{id}","$ref":"{base}/{endpoint}/{id}","type":"{kind}","display":{display}}}"#
            );
        })
    }

    fn groups_of_user<'g>(&self, groups: impl IntoIterator<Item = &'g GroupOfUser>) -> String {
        list(groups, |text, group| {
            let kind = if group.direct { "direct" } else { "indirect" };
            let display = Value::from(group.display.as_str());
            let (base, id) = (&self.base, group.id);
            let _ = write!(
                text,
                r#"{{"value":"{id}","$ref":"{base}/Groups/{id}","display":{display},"type":"{kind}"}}"#
            );
        })
    }
}

/// An answer with a resource, its ETag and its address.
pub(super) fn resource(
    request: &HttpRequest,
    status: StatusCode,
    location: &str,
    version: i64,
    text: String,
) -> HttpResponse {
    HttpResponse::build(status)
        .content_type(media_type(request))
        .insert_header((header::ETAG, render::etag(version)))
        .insert_header((header::LOCATION, location))
        .body(text)
}

/// An answer with anything else.
pub(super) fn plain(request: &HttpRequest, text: String) -> HttpResponse {
    HttpResponse::Ok().content_type(media_type(request)).body(text)
}

/// `application/scim+json`, unless the client accepts `application/json` alone (RFC 7644 §3.8; OneLogin).
fn media_type(request: &HttpRequest) -> &'static str {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    let scim = ["application/scim+json", "*/*", "application/*"].iter().any(|range| accept.contains(range));
    if !scim && accept.contains("application/json") { "application/json" } else { "application/scim+json" }
}

fn list<T>(items: impl IntoIterator<Item = T>, render: impl Fn(&mut String, T)) -> String {
    let mut text = String::from("[");
    for (position, item) in items.into_iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        render(&mut text, item);
    }
    text.push(']');
    text
}
