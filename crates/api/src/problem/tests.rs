//! Every way in which a use case can refuse, and the status that it becomes.

use super::*;
use rolecall_domain::{
    grant::{BadGrant, Grant},
    ids::MappingId,
    pattern::PatternError,
    ports::Unique,
    role::WorkspaceRole,
    time::Timestamp,
    use_cases::workspaces::SlugError,
};
use uuid::Uuid;

fn given() -> String {
    "x".into()
}

fn told(problem: impl Into<Problem>) -> (u16, Value) {
    let problem = problem.into();
    let response = problem.error_response();
    assert_eq!(response.status().as_u16(), problem.status);
    (problem.status, serde_json::to_value(&problem).unwrap())
}

#[test]
fn every_refusal_has_its_status() {
    let store = [
        (StoreError::Unavailable(given()), 503),
        (StoreError::Unsettled(given()), 503),
        (StoreError::Failed(given()), 500),
        (StoreError::Taken(Unique::Mapping), 409),
    ];
    for (error, status) in store {
        assert_eq!(told(error.clone()).0, status, "{error}");
        assert_eq!(told(WorkspaceError::Store(error.clone())).0, status);
        assert_eq!(told(MappingError::Store(error.clone())).0, status);
        assert_eq!(told(SettingsError::Store(error.clone())).0, status);
        assert_eq!(told(ConnectionError::Store(error.clone())).0, status);
        assert_eq!(told(ExtensionError::Store(error.clone())).0, status);
        assert_eq!(told(SecretError::Store(error)).0, status);
    }
    for (error, status) in [
        (WorkspaceError::Unknown { given: given() }, 404),
        (WorkspaceError::NoGrant, 404),
        (WorkspaceError::UnknownUser { given: given() }, 400),
        (WorkspaceError::BadName, 400),
        (WorkspaceError::BadSlug(SlugError { given: given() }), 400),
        (WorkspaceError::Taken { field: Unique::WorkspaceSlug, value: given() }, 409),
        (WorkspaceError::BadGrant(BadGrant::Past { at: Timestamp(1), now: Timestamp(2) }), 400),
        (WorkspaceError::GrantExists { existing: Grant::lasting(WorkspaceRole::Member) }, 409),
    ] {
        assert_eq!(told(error.clone()).0, status, "{error}");
    }
    for (error, status) in [
        (MappingError::UnknownWorkspace { given: given() }, 404),
        (MappingError::UnknownGroup { given: given() }, 404),
        (MappingError::UnknownMapping { given: given() }, 404),
        (MappingError::BadName, 400),
        (
            MappingError::NameFollowsPattern {
                name: given(),
                workspace: given(),
                role: WorkspaceRole::Admin,
            },
            400,
        ),
        (MappingError::AmbiguousName { name: given(), count: 2 }, 409),
    ] {
        assert_eq!(told(error.clone()).0, status, "{error}");
    }
    assert_eq!(told(SettingsError::Pattern(PatternError::EmptySeparator)).0, 400);
    for (error, status) in [
        (SecretError::BadName, 400),
        (SecretError::BadRole, 400),
        (SecretError::NoScope, 400),
        (SecretError::UnknownConnection { given: given() }, 400),
        (SecretError::Unknown { kind: "token", given: given() }, 404),
    ] {
        assert_eq!(told(error.clone()).0, status, "{error}");
    }
    for (error, status) in [
        (ConnectLinkError::BadName, 400),
        (ConnectLinkError::UnknownConnection { given: given() }, 400),
        (ConnectLinkError::Unknown { given: given() }, 404),
    ] {
        assert_eq!(told(error.clone()).0, status, "{error}");
    }
}

#[test]
fn a_conflict_names_what_is_there() {
    let id = Uuid::from_u128(7);
    let conflict = MappingError::RoleConflict {
        group: "Sales".into(),
        existing: WorkspaceRole::Admin,
        mapping: MappingId(id),
    };
    let (status, body) = told(conflict);
    assert_eq!(status, 409);
    assert_eq!(body["existing"], json!({"id": id, "role": "admin"}));
    let (_, body) = told(WorkspaceError::GrantExists { existing: Grant::lasting(WorkspaceRole::Manager) });
    assert_eq!(body["existing"], json!({"role": "manager"}));
    let expiry = Some(Expiry { at: Timestamp(0), then: None });
    let (_, body) =
        told(WorkspaceError::GrantExists { existing: Grant { role: WorkspaceRole::Admin, expiry } });
    let ends = json!({"role": "admin", "expires_at": "1970-01-01T00:00:00.000Z", "then_role": null});
    assert_eq!(body["existing"], ends);
    let (_, body) = told(WorkspaceError::Taken { field: Unique::WorkspaceName, value: "Sales".into() });
    assert_eq!(body["field"], "name");
}

#[test]
fn what_went_wrong_inside_is_for_the_log_alone() {
    for error in [StoreError::Unavailable("host db.internal".into()), StoreError::Failed("row 7".into())] {
        let (_, body) = told(error);
        assert!(!body.to_string().contains("db.internal") && !body.to_string().contains("row 7"), "{body}");
    }
}

#[test]
fn headers_say_what_to_do_next() {
    let unauthorized = Problem::unauthorized().error_response();
    assert!(unauthorized.headers().contains_key(header::WWW_AUTHENTICATE));
    let unavailable = Problem::from(StoreError::Unavailable(given())).error_response();
    let found = |name| unavailable.headers().get(name).unwrap();
    assert_eq!(found(header::RETRY_AFTER), "2");
    assert_eq!(found(header::CONTENT_TYPE), "application/problem+json");
}

#[test]
fn what_is_wrong_with_a_connection_or_a_schema_has_its_status() {
    use rolecall_domain::ports::Kind;
    assert_eq!(told(ConnectionError::Unknown { given: given(), known: vec![given()] }).0, 404);
    for (error, status) in [
        (ExtensionError::Unknown { given: given() }, 404),
        (ExtensionError::ResourceType { found: given() }, 400),
        (ExtensionError::Required { found: given() }, 400),
        (ExtensionError::Unique { urn: given(), name: given() }, 400),
        (ExtensionError::TooMany { what: given(), limit: 1, found: 2 }, 400),
        (ExtensionError::OtherUrn { given: given(), found: given() }, 400),
        (ExtensionError::OtherKind { urn: given(), kind: Kind::User }, 400),
        (ExtensionError::Schema(rolecall_scim::schema::SchemaError::NotAUrn { id: given() }), 400),
    ] {
        assert_eq!(told(error.clone()).0, status, "{error}");
    }
    let (status, body) = told(ExtensionError::Exists { urn: "urn:a:b".into(), kind: Kind::Group });
    assert_eq!((status, &body["existing"]), (409, &json!({"id": "urn:a:b", "resourceType": "Group"})));
}
