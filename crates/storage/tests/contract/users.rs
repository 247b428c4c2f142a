//! People.

use rolecall_domain::{
    grant::Grant,
    ids::{ConnectionId, UserId},
    ports::{Scope, Slice, StoreError, TokenKey, Unique, UserFilter, Wanted},
    records::{Token, User},
    role::{OrgRole, WorkspaceRole},
    secret::{Secret, SecretKind},
    testing::{THEN, a_token, a_user, a_user_with, a_waiting_group, group_id, written_user},
    token_scope::{TokenScope, TokenScopes},
};
use rolecall_scim::schema::ResourceType;
use serde_json::json;
use uuid::Uuid;

use super::filters::{page, resolved};
use super::world::{Subject, World, cause, from_start, later, nested, sorted, user};

fn full(name: &str) -> User {
    a_user_with(
        name,
        json!({
            "externalId": format!("x-{name}"),
            "displayName": "Ada \"Count'ess\" Lovelace 🐧",
            "emails": [{"value": "Ada@Acme.test", "primary": true}],
            "roles": [{"value": "admin"}],
            "name": {"familyName": "Lovelace"},
        }),
    )
}

// scim: 16
pub(crate) fn a_person_comes_back_as_written(subject: &mut Subject) {
    let acme = subject.acme();
    for written in [full("ada"), a_user("grace"), a_user_with("alan", json!({"active": false}))] {
        acme.add_person(&written).unwrap();
        let found = acme.find(written.id).unwrap();
        assert_eq!(
            (found.document.version, found.document.created_at, found.document.modified_at),
            (1, THEN, THEN)
        );
        assert_eq!(found.document.text, written.document.text);
        assert_eq!(found.facts, written.facts);
        let key = written.facts.user_name_key;
        assert_eq!(acme.read(move |tx, org| tx.find_user_by_name(org, &key)), Some(found));
    }
    assert_eq!(acme.find(UserId(Uuid::from_u128(1))), None);
    assert_eq!(
        acme.read(|tx, org| tx.find_user_by_name(org, "ADA@acme.test")),
        None,
        "the key is folded already"
    );
}

pub(crate) fn overwriting_keeps_who_and_when_it_was_made(subject: &mut Subject) {
    let acme = subject.acme();
    let before = full("ada");
    acme.add_person(&before).unwrap();
    let after = a_user_with("ada", json!({"active": false}));
    let row = after.clone();
    acme.write(move |tx, org| tx.update_user(org, row.id, &row.facts, &written_user(&row), 2, later(1)));
    let found = acme.find(before.id).unwrap();
    assert_eq!(
        (found.document.version, found.document.created_at, found.document.modified_at),
        (2, THEN, later(1))
    );
    assert_eq!((found.document.text, found.facts), (after.document.text, after.facts));
}

// scim: 27, 39, 78
pub(crate) fn a_user_name_is_taken_once_in_an_organisation(subject: &mut Subject) {
    let acme = subject.acme();
    acme.person("ada");
    let twin =
        User { id: UserId(Uuid::from_u128(9)), ..a_user_with("ada", json!({"userName": "ADA@acme.test"})) };
    assert_eq!(acme.add_person(&twin), Err(StoreError::Taken(Unique::UserName)));
    assert_eq!(subject.org("globex").add_person(&twin), Ok(()));
}

// scim: 32
pub(crate) fn an_external_id_is_taken_once_in_a_connection(subject: &mut Subject) {
    let acme = subject.acme();
    let with_id = |name: &str| a_user_with(name, json!({"externalId": "7"}));
    acme.add_person(&with_id("ada")).unwrap();
    assert_eq!(acme.add_person(&with_id("grace")), Err(StoreError::Taken(Unique::ExternalId)));
    let okta = ConnectionId(Uuid::from_u128(5));
    acme.write(move |tx, org| tx.insert_connection(org, okta, "okta", THEN));
    assert_eq!(acme.add_person(&User { connection: okta, ..with_id("grace") }), Ok(()));
    // Case counts (RFC 7643 §3.1), and any number may have none.
    acme.add_person(&a_user_with("alan", json!({"externalId": "x"}))).unwrap();
    acme.add_person(&a_user_with("kurt", json!({"externalId": "X"}))).unwrap();
    acme.person("emmy");
    acme.person("hedy");
}

pub(crate) fn a_person_renamed_onto_another_is_refused(subject: &mut Subject) {
    let acme = subject.acme();
    let ada = acme.person_with("ada", json!({"externalId": "1"}));
    let grace = acme.person_with("grace", json!({"externalId": "2"}));
    for (attributes, unique) in [
        (json!({"userName": ada.facts.user_name, "externalId": "2"}), Unique::UserName),
        (json!({"externalId": "1"}), Unique::ExternalId),
    ] {
        let row = a_user_with("grace", attributes);
        let refused = acme
            .try_write(move |tx, org| tx.update_user(org, row.id, &row.facts, &written_user(&row), 2, THEN));
        assert_eq!(refused, Err(StoreError::Taken(unique)));
    }
    assert_eq!(acme.find(grace.id).unwrap().facts, grace.facts);
}

fn listed(world: &World, filter: UserFilter, slice: Slice<UserId>) -> Vec<UserId> {
    world.read(move |tx, org| {
        Ok(tx.list_users(org, &filter, slice)?.into_iter().map(|user| user.id).collect())
    })
}

pub(crate) fn people_are_listed_in_id_order_page_by_page(subject: &mut Subject) {
    let acme = subject.acme();
    subject.org("globex").person("somebody else");
    let all = sorted((0..7).map(|n| acme.person(&format!("p{n}")).id).collect());
    let mut seen = Vec::new();
    loop {
        let page = listed(&acme, UserFilter::default(), Slice { after: seen.last().copied(), limit: 3 });
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert_eq!(seen, all);
    assert_eq!(acme.read(|tx, org| tx.count_users(org, &UserFilter::default())), 7);
}

pub(crate) fn an_administrator_finds_people_by_email_role_and_state(subject: &mut Subject) {
    let acme = subject.acme();
    let ada = full("ada");
    acme.add_person(&ada).unwrap();
    let alan = acme.person_with("alan", json!({"active": false}));
    for (filter, wanted) in [
        (UserFilter { email: Some("aDa@acme.TEST".into()), ..UserFilter::default() }, vec![ada.id]),
        (UserFilter { email: Some("nobody@acme.test".into()), ..UserFilter::default() }, vec![]),
        (UserFilter { role: Some(OrgRole::Admin), ..UserFilter::default() }, vec![ada.id]),
        (UserFilter { active: Some(false), ..UserFilter::default() }, vec![alan.id]),
        (UserFilter { active: Some(true), role: Some(OrgRole::Member), ..UserFilter::default() }, vec![]),
    ] {
        assert_eq!(listed(&acme, filter.clone(), from_start(10)), wanted, "{filter:?}");
        assert_eq!(acme.read(move |tx, org| tx.count_users(org, &filter)), wanted.len() as u64);
    }
}

// scim: 47
pub(crate) fn the_groups_of_people_are_direct_and_indirect_and_pushed(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, grace) = (acme.person("ada"), acme.person("grace"));
    let (inner, middle, outer) = (acme.group("inner"), acme.group("middle"), acme.group("outer"));
    let waiting = a_waiting_group("waiting");
    acme.add_group(&waiting).unwrap();
    acme.join(&inner, &[user(&ada)]);
    acme.join(&middle, &[nested(&inner)]);
    // Directly and indirectly: direct.
    acme.join(&outer, &[nested(&middle), user(&ada), user(&grace)]);
    acme.join(&waiting, &[user(&ada)]);
    let both = [ada.id, grace.id];
    let found = acme.read(move |tx, org| tx.groups_of(org, &both));
    let found =
        sorted(found.into_iter().map(|(who, group)| (who, group.display, group.id, group.direct)).collect());
    let wanted = sorted(vec![
        (ada.id, "inner".to_owned(), group_id("inner"), true),
        (ada.id, "middle".to_owned(), group_id("middle"), false),
        (ada.id, "outer".to_owned(), group_id("outer"), true),
        (grace.id, "outer".to_owned(), group_id("outer"), true),
    ]);
    assert_eq!(found, wanted);
    assert_eq!(acme.read(|tx, org| tx.groups_of(org, &[])), []);
}

pub(crate) fn a_person_is_found_with_their_groups_as_those_are_alone(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, grace) = (full("ada"), full("grace"));
    acme.add_person(&ada).unwrap();
    acme.add_person(&grace).unwrap();
    let (inner, odd) = (acme.group("inner"), acme.group("a \"name\" with \u{0} and \u{1}, 🐧"));
    let waiting = a_waiting_group("waiting");
    acme.add_group(&waiting).unwrap();
    acme.join(&inner, &[user(&ada)]);
    acme.join(&odd, &[nested(&inner), user(&ada)]);
    acme.join(&waiting, &[user(&ada)]);
    let of = |who: &User| {
        let id = who.id;
        let found = acme.read(move |tx, org| tx.groups_of(org, &[id]));
        found.into_iter().map(|(_, group)| group).collect::<Vec<_>>()
    };
    assert_eq!((of(&ada).len(), of(&grace).len()), (2, 0));
    for filter in [
        format!("id eq \"{}\"", ada.id),
        r#"userName eq "ada@acme.test""#.to_owned(),
        r#"externalId eq "x-ada""#.to_owned(),
        r#"active eq true"#.to_owned(),
        r#"userName eq "nobody""#.to_owned(),
        format!("id eq \"{}\"", grace.id),
    ] {
        let query = page(Some(resolved(&filter, ResourceType::user())), 1, 10);
        let alone = query.clone();
        let alone = acme.read(move |tx, org| tx.query_users(org, &alone));
        let both = acme.read(move |tx, org| tx.query_users_in_groups(org, &query));
        assert_eq!((both.total, both.items.len()), (alone.total, alone.items.len()), "{filter}");
        for ((found, groups), alone) in both.items.into_iter().zip(alone.items) {
            assert_eq!(groups, of(&found), "{filter}");
            assert_eq!(found, alone);
        }
    }
}

// scim: 194
pub(crate) fn a_person_and_who_asks_for_them_are_read_at_once(subject: &mut Subject) {
    let acme = subject.acme();
    let globex = subject.org("globex");
    let (ada, there) = (acme.person("ada"), globex.person("grace"));
    let sales = acme.group("sales");
    acme.join(&sales, &[user(&ada)]);
    let secret = Secret::new(SecretKind::Scim, [1; 32]);
    let token = a_token("entra", &secret);
    let row = token.clone();
    acme.write(move |tx, org| tx.insert_token(org, &row));
    let by_hash = TokenKey::Hash(secret.hash());
    let find = |slug: &'static str, id: UserId, wanted: Wanted| {
        let find_by = |key: TokenKey| acme.read(move |tx, _| tx.find_user_by_token(slug, &key, id, wanted));
        let found = find_by(by_hash.clone());
        assert_eq!(find_by(TokenKey::Id(token.id)), found, "as an access token names it");
        found
    };
    let key = by_hash.clone();
    let known = acme.read(move |tx, _| tx.find_token("acme", &key));
    assert_eq!(known.as_ref().map(|(_, token, _)| token), Some(&token));
    for (wanted, groups) in [(Wanted::TextAlone, 0), (Wanted::Related, 1)] {
        let (asker, found) = find("acme", ada.id, wanted).unwrap();
        assert_eq!(Some(asker), known);
        let (found, its) = found.unwrap();
        assert_eq!((Some(found), its.len()), (acme.find(ada.id), groups));
        let elsewhere = find("acme", there.id, wanted).unwrap();
        assert_eq!((Some(elsewhere.0), elsewhere.1), (known.clone(), None));
        assert_eq!(find("globex", there.id, wanted), None);
        assert_eq!(find("nowhere", ada.id, wanted), None);
    }
}

pub(crate) fn a_person_is_read_for_tokens_alone_that_may_read_people(subject: &mut Subject) {
    let acme = subject.acme();
    let ada = acme.person("ada");
    let sales = acme.group("sales");
    acme.join(&sales, &[user(&ada)]);
    for (number, scope) in TokenScope::ALL.into_iter().enumerate() {
        let secret = Secret::new(SecretKind::Scim, [number as u8; 32]);
        let token = Token { scopes: TokenScopes::one(scope), ..a_token(scope.as_str(), &secret) };
        let (row, id) = (token.clone(), ada.id);
        acme.write(move |tx, org| tx.insert_token(org, &row));
        for key in [TokenKey::Hash(secret.hash()), TokenKey::Id(token.id)] {
            for wanted in [Wanted::TextAlone, Wanted::Related] {
                let key = key.clone();
                let found = acme.read(move |tx, _| tx.find_user_by_token("acme", &key, id, wanted)).unwrap();
                assert_eq!(
                    (&found.0.1, found.1.is_some()),
                    (&token, token.scopes.has(TokenScope::UsersRead))
                );
            }
        }
    }
}

// scim: 103
pub(crate) fn a_deleted_person_leaves_groups_and_grants(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, grace) = (acme.person("ada"), acme.person("grace"));
    let (group, untouched) = (acme.group("Sales"), acme.group("Support"));
    let workspace = acme.workspace("Sales");
    acme.join(&group, &[user(&ada), user(&grace)]);
    acme.join(&untouched, &[user(&grace)]);
    let (a, w) = (ada.id, workspace.id);
    acme.write(move |tx, org| tx.put_grant(org, w, a, Grant::lasting(WorkspaceRole::Member), &cause()));
    acme.write(move |tx, org| tx.delete_user(org, a, later(1)));
    assert_eq!(acme.find(ada.id), None);
    assert_eq!(acme.find(grace.id).unwrap().facts, grace.facts);
    let joined = group.id;
    let left = acme.read(move |tx, org| tx.members_of(org, joined, from_start(10)));
    assert_eq!(left, [user(&grace)]);
    assert_eq!(acme.read(move |tx, org| tx.find_grant(org, w, a)), None);
    let version = |id| acme.read(move |tx, org| tx.find_group(org, id)).unwrap().document;
    assert_eq!((version(group.id).version, version(group.id).modified_at), (2, later(1)));
    assert_eq!((version(untouched.id).version, version(untouched.id).modified_at), (1, THEN));
    acme.add_person(&ada).unwrap();
}

pub(crate) fn a_person_with_memberships_is_not_deleted(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, workspace) = (acme.person("ada"), acme.workspace("Sales"));
    let (a, w) = (ada.id, workspace.id);
    acme.write(move |tx, org| tx.put_grant(org, w, a, Grant::lasting(WorkspaceRole::Member), &cause()));
    acme.recompute(Scope::Users(vec![a]));
    let refused = acme.try_write(move |tx, org| tx.delete_user(org, a, THEN));
    assert!(
        matches!(refused, Err(StoreError::Failed(_))),
        "its membership would go without an event: {refused:?}"
    );
    assert_eq!(acme.role(&workspace, &ada), Some(WorkspaceRole::Member));
}
