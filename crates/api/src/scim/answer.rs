//! Turns what is stored into what is sent, by putting texts together: a stored document is not parsed, except where a
//! client asks for some of its attributes alone.

use std::fmt::Write;

use actix_web::{HttpRequest, http::header};
use rolecall_domain::{
    ports::{Kind, Related, Resource, Terms},
    records::{GroupOfUser, MemberId},
};
use rolecall_scim::{
    list::ListResponse,
    projection::Projection,
    render::{self, Meta},
};
use serde_json::{Map, Value};
use uuid::Uuid;

/// A text to send, and the places where members of a long group are still to come.
pub(super) struct Rendered {
    pub(super) text: String,
    pub(super) gaps: Vec<Gap>,
}

/// Here, at a byte of the text, the members of `group` after `after` follow.
pub(super) struct Gap {
    pub(super) at: usize,
    pub(super) group: Uuid,
    pub(super) after: Uuid,
}

/// Knows the addresses of one organisation's resources, and what a client wants to see of them.
pub(super) struct Renderer {
    base: String,
    terms: Terms,
    projection: Projection,
    splices: bool,
}

impl Renderer {
    pub(super) fn new(base: String, terms: Terms, projection: Projection) -> Self {
        // Members and groups are not in the stored text, so leaving them out costs nothing.
        let splices = projection.only_excludes(&["members", "groups"])
            && !terms.user_type.sends_on_request()
            && !terms.group_type.sends_on_request();
        Self { base, terms, projection, splices }
    }

    /// Where a resource is.
    pub(super) fn location(&self, kind: Kind, id: Uuid) -> String {
        format!("{}/{}/{id}", self.base, kind.endpoint())
    }

    /// Whether an answer is put together from texts. Otherwise it is cut to what the client asks for, which needs it
    /// whole.
    pub(super) fn splices(&self) -> bool {
        self.splices
    }

    /// A resource.
    pub(super) fn one(&self, resource: &Resource) -> Rendered {
        let id = resource.id.to_string();
        let location = self.location(resource.kind, resource.id);
        let meta = Meta {
            resource_type: resource.kind.name(),
            created: resource.document.created_at.0,
            last_modified: resource.document.modified_at.0,
            location: &location,
            version: resource.document.version,
        };
        let display_name =
            resource.composed_display_name.as_deref().map(|name| Value::from(name).to_string());
        let (name, related) = match &resource.related {
            Related::Unread => ("", String::new()),
            Related::Groups(groups) => ("groups", self.groups_of_user(groups)),
            Related::Members { first, .. } => ("members", format!("[{}]", self.members(first))),
        };
        let mut extra: Vec<(&str, &str)> = Vec::with_capacity(2);
        extra.extend(display_name.as_deref().map(|name| ("displayName", name)));
        // An attribute without a value is left out (RFC 7643 §2.5).
        if related.len() > 2 {
            extra.push((name, &related));
        }
        let stored = render::known(&resource.document.text, self.terms.resource_type(resource.kind));
        let text = render::resource(&stored, &id, &meta, &extra);
        if !self.splices() {
            return Rendered { text: self.cut(resource.kind, text), gaps: Vec::new() };
        }
        let gaps = gap_after_members(resource, &text);
        Rendered { text, gaps }
    }

    /// A page of resources.
    pub(super) fn page(
        &self,
        total: Option<u64>,
        start_index: Option<u64>,
        next_cursor: Option<&str>,
        items: &[Resource],
    ) -> Rendered {
        let items: Vec<Rendered> = items.iter().map(|item| self.one(item)).collect();
        let head = ListResponse { total_results: total, start_index, next_cursor, ..ListResponse::default() };
        let text = head.render(items.iter().map(|item| item.text.as_str()));
        // The items stand one after the other, a comma between, behind this key.
        const RESOURCES: &str = "\"Resources\":[";
        let mut start = text.find(RESOURCES).map_or(0, |at| at + RESOURCES.len());
        let mut gaps = Vec::new();
        for item in items {
            gaps.extend(item.gaps.into_iter().map(|gap| Gap { at: start + gap.at, ..gap }));
            start += item.text.len() + 1;
        }
        Rendered { text, gaps }
    }

    /// Members as the inside of a JSON array.
    pub(super) fn members(&self, members: &[MemberId]) -> String {
        let base = &self.base;
        join(members, |text, member| {
            let kind = match member {
                MemberId::User(_) => Kind::User,
                MemberId::Group(_) => Kind::Group,
            };
            let (endpoint, name, id) = (kind.endpoint(), kind.name(), member.uuid());
            // No `display`: RFC 7643 §8.7.1 has none, and clients compare what they sent with what comes back.
            let _ = write!(text, r#"{{"value":"{id}","$ref":"{base}/{endpoint}/{id}","type":"{name}"}}"#);
        })
    }

    fn groups_of_user(&self, groups: &[GroupOfUser]) -> String {
        let base = &self.base;
        let inside = join(groups, |text, group| {
            let kind = if group.direct { "direct" } else { "indirect" };
            let (display, id) = (Value::from(group.display.as_str()), group.id);
            let _ = write!(
                text,
                r#"{{"value":"{id}","$ref":"{base}/Groups/{id}","display":{display},"type":"{kind}"}}"#
            );
        });
        format!("[{inside}]")
    }

    fn cut(&self, kind: Kind, text: String) -> String {
        match serde_json::from_str::<Map<String, Value>>(&text) {
            Ok(resource) => {
                Value::Object(self.projection.apply(&resource, self.terms.resource_type(kind))).to_string()
            }
            Err(_) => text,
        }
    }
}

/// `meta` is the last thing in a resource, and the members stand before it.
fn gap_after_members(resource: &Resource, text: &str) -> Vec<Gap> {
    let Related::Members { first, more: true } = &resource.related else { return Vec::new() };
    let (Some(last), Some(at)) = (first.last(), text.rfind("],\"meta\":{")) else { return Vec::new() };
    vec![Gap { at, group: resource.id, after: last.uuid() }]
}

/// `application/scim+json`, unless the client accepts `application/json` alone (RFC 7644 §3.8; OneLogin).
pub(super) fn media_type(request: &HttpRequest) -> &'static str {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    // Media types have no case (RFC 9110 §8.3.1).
    let accept = accept.to_ascii_lowercase();
    let scim = ["application/scim+json", "*/*", "application/*"].iter().any(|range| accept.contains(range));
    if !scim && accept.contains("application/json") { "application/json" } else { "application/scim+json" }
}

fn join<T>(items: &[T], render: impl Fn(&mut String, &T)) -> String {
    let mut text = String::new();
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        render(&mut text, item);
    }
    text
}
