//! Groups and who is in them.

use rolecall_domain::{
    ids::{ConnectionId, GroupId},
    ports::{Slice, StoreError, TokenKey, Unique},
    records::{Group, GroupFacts, MappingOrigin, MemberId, Token},
    role::WorkspaceRole,
    secret::{Secret, SecretKind},
    testing::{THEN, a_group, a_group_with, a_token, a_waiting_group, group_id, written_group},
    token_scope::{TokenScope, TokenScopes},
};
use serde_json::json;
use uuid::Uuid;

use super::world::{Subject, World, from_start, later, nested, sorted, user};

pub(crate) fn a_group_comes_back_as_written(subject: &mut Subject) {
    let acme = subject.acme();
    let pushed = a_group_with("ws-Sales-role-admin", json!({"externalId": "7"}));
    assert!(pushed.facts.pattern.is_some());
    for written in [pushed, a_group("Plain \"'🐧"), a_waiting_group("Waiting")] {
        acme.add_group(&written).unwrap();
        let id = written.id;
        let found = acme.read(move |tx, org| tx.find_group(org, id)).unwrap();
        assert_eq!(
            (found.document.version, found.document.created_at, found.document.modified_at),
            (1, THEN, THEN)
        );
        assert_eq!((found.id, found.connection), (written.id, written.connection));
        assert_eq!((found.facts, found.document.text), (written.facts, written.document.text));
    }
    let all = acme.read(|tx, org| tx.list_groups(org, from_start(10)));
    assert_eq!(
        sorted(all.iter().map(|group| group.id).collect()),
        all.iter().map(|group| group.id).collect::<Vec<_>>()
    );
    assert_eq!((all.len(), acme.read(|tx, org| tx.count_groups(org))), (3, 3));
    let first = all[0].id;
    let rest = acme.read(move |tx, org| tx.list_groups(org, Slice { after: Some(first), limit: 1 }));
    assert_eq!(rest, all[1..2]);
}

// scim: 194
pub(crate) fn a_group_and_who_asks_for_it_are_read_at_once(subject: &mut Subject) {
    let acme = subject.acme();
    let globex = subject.org("globex");
    let (sales, there) = (acme.group("sales"), globex.group("other"));
    let secret = Secret::new(SecretKind::Scim, [1; 32]);
    let row = a_token("entra", &secret);
    let token = row.id;
    acme.write(move |tx, org| tx.insert_token(org, &row));
    let (by_hash, by_id) = (TokenKey::Hash(secret.hash()), TokenKey::Id(token));
    let find = |slug: &'static str, id: GroupId| {
        let find_by = |key: TokenKey| acme.read(move |tx, _| tx.find_group_by_token(slug, &key, id));
        let found = find_by(by_hash.clone());
        assert_eq!(find_by(by_id.clone()), found, "as an access token names it");
        found
    };
    let key = by_hash.clone();
    let known = acme.read(move |tx, _| tx.find_token("acme", &key)).unwrap();
    let id = sales.id;
    let found = acme.read(move |tx, org| tx.find_group(org, id));
    assert!(found.is_some());
    assert_eq!(find("acme", sales.id), Some((known.clone(), found)));
    assert_eq!(find("acme", there.id), Some((known, None)));
    assert_eq!(find("globex", there.id), None);
}

pub(crate) fn a_group_is_read_for_tokens_alone_that_may_read_groups(subject: &mut Subject) {
    let acme = subject.acme();
    let sales = acme.group("sales");
    for (number, scope) in TokenScope::ALL.into_iter().enumerate() {
        let secret = Secret::new(SecretKind::Scim, [number as u8; 32]);
        let token = Token { scopes: TokenScopes::one(scope), ..a_token(scope.as_str(), &secret) };
        let (row, id) = (token.clone(), sales.id);
        acme.write(move |tx, org| tx.insert_token(org, &row));
        for key in [TokenKey::Hash(secret.hash()), TokenKey::Id(token.id)] {
            let found = acme.read(move |tx, _| tx.find_group_by_token("acme", &key, id)).unwrap();
            assert_eq!((&found.0.1, found.1.is_some()), (&token, token.scopes.has(TokenScope::GroupsRead)));
        }
    }
}

// scim: 51
pub(crate) fn groups_of_one_name_are_told_apart_by_external_id(subject: &mut Subject) {
    let acme = subject.acme();
    let one = acme.group_with("Sales", json!({"externalId": "1"}));
    let two = acme.group_with("SALES", json!({"externalId": "2"}));
    acme.group("Support");
    let found = acme.read(|tx, org| tx.find_groups_by_name(org, "sales"));
    assert_eq!(found.into_iter().map(|group| group.id).collect::<Vec<_>>(), sorted(vec![one.id, two.id]));
    assert_eq!(acme.read(|tx, org| tx.find_groups_by_name(org, "sale")), []);
}

pub(crate) fn an_external_id_of_a_group_is_taken_once_in_a_connection(subject: &mut Subject) {
    let acme = subject.acme();
    acme.group_with("Sales", json!({"externalId": "1"}));
    let twin = a_group_with("Support", json!({"externalId": "1"}));
    assert_eq!(acme.add_group(&twin), Err(StoreError::Taken(Unique::ExternalId)));
    let okta = ConnectionId(Uuid::from_u128(5));
    acme.write(move |tx, org| tx.insert_connection(org, okta, "okta", THEN));
    assert_eq!(acme.add_group(&Group { connection: Some(okta), ..twin.clone() }), Ok(()));
    // Adopting a group moves it to another connection, and its value with it.
    let refused = acme.try_write(move |tx, org| {
        tx.update_group(
            org,
            twin.id,
            Some(rolecall_domain::testing::the_connection()),
            &twin.facts,
            &written_group(&twin),
            2,
            THEN,
        )
    });
    assert_eq!(refused, Err(StoreError::Taken(Unique::ExternalId)));
}

fn members(world: &World, group: &Group) -> Vec<MemberId> {
    let group = group.id;
    world.read(move |tx, org| tx.members_of(org, group, from_start(1000)))
}

// scim: 143
// dialect: 17
pub(crate) fn members_are_added_once_and_answered_when_new(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, grace) = (acme.person("ada"), acme.person("grace"));
    let (group, inner) = (acme.group("Sales"), acme.group("Inner"));
    assert_eq!(acme.join(&group, &[user(&ada)]), [user(&ada)]);
    assert_eq!(acme.join(&group, &[user(&ada)]), []);
    let all = [user(&ada), user(&grace), nested(&inner)];
    assert_eq!(sorted(acme.join(&group, &all)), sorted(vec![user(&grace), nested(&inner)]));
    assert_eq!(acme.join(&group, &all), []);
    assert_eq!(acme.join(&group, &[]), []);
    assert_eq!(sorted(members(&acme, &group)), sorted(all.to_vec()));
    let ids = [group.id, inner.id];
    for (most, wanted) in [(9, 3), (3, 3), (2, 2)] {
        let counts = acme.read(move |tx, org| tx.count_members(org, &ids, most));
        assert_eq!(sorted(counts), sorted(vec![(group.id, wanted), (inner.id, 0)]));
    }
}

// scim: 150
// dialect: 17
pub(crate) fn members_are_removed_and_answered_when_gone(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, grace) = (acme.person("ada"), acme.person("grace"));
    let (group, inner) = (acme.group("Sales"), acme.group("Inner"));
    acme.join(&group, &[user(&ada), user(&grace), nested(&inner)]);
    let (g, ids) = (group.id, [ada.id.0, inner.id.0, Uuid::from_u128(1)]);
    let gone = acme.write(move |tx, org| tx.remove_members(org, g, &ids));
    assert_eq!(sorted(gone), sorted(vec![user(&ada), nested(&inner)]));
    assert_eq!(acme.write(move |tx, org| tx.remove_members(org, g, &ids)), []);
    assert_eq!(members(&acme, &group), [user(&grace)]);
}

pub(crate) fn replacing_a_member_list_answers_who_went(subject: &mut Subject) {
    let acme = subject.acme();
    let people: Vec<_> = (0..5).map(|n| acme.person(&format!("p{n}"))).collect();
    let (group, other) = (acme.group("Sales"), acme.group("Support"));
    let all: Vec<_> = people.iter().map(user).collect();
    acme.join(&group, &all);
    acme.join(&other, &all);
    let (g, keep) = (group.id, [people[1].id.0, people[3].id.0, Uuid::from_u128(1)]);
    let gone = acme.write(move |tx, org| tx.remove_members_except(org, g, &keep));
    assert_eq!(sorted(gone), sorted(vec![all[0], all[2], all[4]]));
    let gone = acme.write(move |tx, org| tx.remove_members_except(org, g, &[]));
    assert_eq!(sorted(gone), sorted(vec![all[1], all[3]]));
    assert_eq!((members(&acme, &group).len(), members(&acme, &other).len()), (0, 5));
}

pub(crate) fn a_member_list_is_paged_in_id_order(subject: &mut Subject) {
    let acme = subject.acme();
    let group = acme.group("Sales");
    let mut wanted: Vec<MemberId> = (0..6).map(|n| user(&acme.person(&format!("p{n}")))).collect();
    wanted.push(nested(&acme.group("Inner")));
    acme.join(&group, &wanted);
    wanted.sort_by_key(|member| member.uuid());
    let group = group.id;
    let mut seen: Vec<MemberId> = Vec::new();
    loop {
        let after = seen.last().map(|member| member.uuid());
        let page = acme.read(move |tx, org| tx.members_of(org, group, Slice { after, limit: 4 }));
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert_eq!(seen, wanted);
}

pub(crate) fn ids_are_people_groups_or_neither(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, group) = (acme.person("ada"), acme.group("Sales"));
    let stranger = subject.org("globex").person("stranger");
    let ids = [ada.id.0, group.id.0, stranger.id.0, Uuid::from_u128(1), ada.id.0];
    let found = acme.read(move |tx, org| tx.resolve_members(org, &ids));
    assert_eq!(sorted(found), sorted(vec![user(&ada), nested(&group)]));
    assert_eq!(acme.read(|tx, org| tx.resolve_members(org, &[])), []);
}

// scim: 54
pub(crate) fn a_circle_is_found_at_any_depth(subject: &mut Subject) {
    let acme = subject.acme();
    let groups: Vec<_> = (0..4).map(|n| acme.group(&format!("g{n}"))).collect();
    for pair in groups.windows(2) {
        acme.join(&pair[0], &[nested(&pair[1])]);
    }
    let apart = acme.group("apart");
    let ids: Vec<GroupId> = groups.iter().map(|group| group.id).collect();
    let circle = |group: GroupId, new: &[GroupId]| {
        let new = new.to_vec();
        acme.read(move |tx, org| tx.find_circle(org, group, &new))
    };
    assert_eq!(circle(ids[3], &[ids[0]]), Some(ids[0]));
    assert_eq!(circle(ids[3], &[apart.id, ids[2], ids[1]]), Some(ids[2]), "the first of those given");
    assert_eq!(circle(ids[0], &[ids[0]]), Some(ids[0]));
    assert_eq!(circle(ids[0], &[ids[3], apart.id]), None);
    assert_eq!(circle(apart.id, &ids), None);
    assert_eq!(circle(ids[0], &[]), None);
}

pub(crate) fn groups_asking_for_a_workspace_are_those_without_an_administrators_mapping(
    subject: &mut Subject,
) {
    let acme = subject.acme();
    let asking = acme.group("ws-Sales-role-admin");
    let also = acme.group("WS-SALES-role-member");
    let mapped = acme.group("ws-sales-role-manager");
    let by_name = acme.group("ws-Support-role-admin");
    acme.group("ws-Other-role-admin");
    let workspace = acme.workspace("Sales");
    acme.mapping(&mapped, &workspace, WorkspaceRole::Member);
    let pattern = super::world::mapping(3, by_name.id, workspace.id, WorkspaceRole::Admin);
    acme.write(move |tx, org| {
        tx.insert_mapping(
            org,
            &rolecall_domain::records::Mapping { origin: MappingOrigin::Pattern, ..pattern.clone() },
        )
    });
    let asked = |keys: &[&str]| {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        let found = acme.read(move |tx, org| tx.groups_asking_for(org, &keys));
        found.into_iter().map(|group| group.id).collect::<Vec<_>>()
    };
    assert_eq!(asked(&["sales"]), sorted(vec![asking.id, also.id]));
    assert_eq!(asked(&["support", "sales", "\"]"]), sorted(vec![asking.id, also.id, by_name.id]));
    assert_eq!(asked(&[]), []);
    let (id, facts) = (asking.id, GroupFacts { pattern: None, ..asking.facts });
    acme.write(move |tx, org| tx.update_group_pattern(org, id, &facts));
    assert_eq!(asked(&["sales"]), [also.id]);
    let document = acme.read(move |tx, org| tx.find_group(org, id)).unwrap().document;
    assert_eq!((document.version, document.modified_at), (1, THEN), "no IdP sees a difference");
}

// scim: 176
pub(crate) fn leaving_parents_gives_them_a_new_version(subject: &mut Subject) {
    let acme = subject.acme();
    let (inner, outer) = (acme.group("Inner"), acme.group("Outer"));
    let ada = acme.person("ada");
    acme.join(&inner, &[user(&ada)]);
    acme.join(&outer, &[nested(&inner), user(&ada)]);
    let id = inner.id;
    assert!(acme.write(move |tx, org| tx.leave_parents(org, id, later(1))));
    assert!(!acme.write(move |tx, org| tx.leave_parents(org, id, later(2))));
    let document = |id| acme.read(move |tx, org| tx.find_group(org, id)).unwrap().document;
    assert_eq!((document(outer.id).version, document(outer.id).modified_at), (2, later(1)));
    assert_eq!(document(inner.id).version, 1);
    assert_eq!((members(&acme, &inner), members(&acme, &outer)), (vec![user(&ada)], vec![user(&ada)]));
}

pub(crate) fn a_deleted_group_takes_members_and_mappings_along(subject: &mut Subject) {
    let acme = subject.acme();
    let (inner, outer) = (acme.group("Inner"), acme.group("Outer"));
    let ada = acme.person("ada");
    let workspace = acme.workspace("Sales");
    acme.join(&inner, &[user(&ada)]);
    acme.join(&outer, &[nested(&inner)]);
    let mapping = acme.mapping(&inner, &workspace, WorkspaceRole::Admin).id;
    let id = inner.id;
    acme.write(move |tx, org| tx.delete_group(org, id));
    assert_eq!(acme.read(move |tx, org| tx.find_group(org, id)), None);
    assert_eq!(acme.read(move |tx, org| tx.find_mapping(org, mapping)), None);
    assert_eq!((members(&acme, &inner), members(&acme, &outer)), (vec![], vec![]));
    assert!(acme.find(ada.id).is_some());
}

// scim: 176
pub(crate) fn a_touched_group_has_the_new_version(subject: &mut Subject) {
    let acme = subject.acme();
    let group = acme.group("Sales");
    acme.write(|tx, org| tx.touch_group(org, group_id("Sales"), 5, later(3)));
    let found = acme.read(|tx, org| tx.find_group(org, group_id("Sales"))).unwrap();
    assert_eq!(
        (found.document.version, found.document.modified_at, found.document.created_at),
        (5, later(3), THEN)
    );
    assert_eq!(found.document.text, group.document.text);
}
