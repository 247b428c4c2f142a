//! Who joins, who leaves, and whose memberships follow from it.

use uuid::Uuid;

use super::*;
use crate::{
    ids::{GroupId, UserId},
    records::MemberId,
};

fn ids(names: &[&str]) -> Vec<MemberId> {
    let mut ids: Vec<MemberId> = names.iter().map(|name| person(name)).collect();
    ids.sort();
    ids
}

fn users(names: &[&str]) -> Vec<UserId> {
    let mut ids: Vec<UserId> = names.iter().map(|name| user_id(name)).collect();
    ids.sort();
    ids
}

fn listed(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"value": user_id(name).to_string()})).collect()
}

/// A group whose member list alone gets a new version; `ada` and `grace` and `joan` are people.
fn touchable(group: &Group) -> (MockTx, Watched) {
    let (mut tx, watched) = touchable_by_strangers(group);
    tx.knows_members(&ids(&["ada", "grace", "joan"]));
    (tx, watched)
}

fn touchable_by_strangers(group: &Group) -> (MockTx, Watched) {
    let mut tx = read_only(group);
    let id = group.id;
    tx.expect_touch_group()
        .withf(move |org, asked, version, now| (*org, *asked, *version, *now) == (ORG, id, 2, NOW))
        .times(1)
        .returning(|_, _, _, _| Ok(()));
    let watched = tx.watch();
    (tx, watched)
}

/// Adding `named` lets `new` in; the others were in already.
fn adds(tx: &mut MockTx, named: &[&str], new: &[&str]) {
    let (named, new) = (ids(named), ids(new));
    tx.expect_add_members()
        .withf(move |org, _, members, _, now| {
            let mut members = members.to_vec();
            members.sort();
            (*org, *now) == (ORG, NOW) && members == named
        })
        .times(1)
        .returning(move |_, _, _, _, _| Ok(new.clone()));
}

/// Removing `named` lets `gone` out; the others were not in.
fn removes(tx: &mut MockTx, named: &[&str], gone: &[&str]) {
    let (mut named, gone): (Vec<Uuid>, _) = (ids(named).iter().map(|id| id.uuid()).collect(), ids(gone));
    named.sort();
    tx.expect_remove_members()
        .withf(move |org, _, members| {
            let mut members = members.to_vec();
            members.sort();
            *org == ORG && members == named
        })
        .times(1)
        .returning(move |_, _, _| Ok(gone.clone()));
}

/// Removing everybody but `kept` lets `gone` out.
fn keeps(tx: &mut MockTx, kept: &[&str], gone: &[&str]) {
    let (mut kept, gone): (Vec<Uuid>, _) = (ids(kept).iter().map(|id| id.uuid()).collect(), ids(gone));
    kept.sort();
    tx.expect_remove_members_except()
        .withf(move |org, _, members| {
            let mut members = members.to_vec();
            members.sort();
            *org == ORG && members == kept
        })
        .times(1)
        .returning(move |_, _, _| Ok(gone.clone()));
}

#[test]
fn joining_recomputes_those_who_joined_and_nobody_else() {
    let staff = a_group("Staff");
    let (mut tx, watched) = touchable(&staff);
    adds(&mut tx, &["ada", "grace"], &["grace"]);
    let operations = json!([{"op": "add", "path": "members", "value": listed(&["ada", "grace"])}]);
    let after = patch(&mut tx, &staff, operations).unwrap();
    assert_eq!((after.document.version, after.document.modified_at), (2, NOW));
    assert_eq!(watched.kinds(), [GroupMemberAdded]);
    let event = watched.the(GroupMemberAdded);
    assert_eq!((event.group, event.user), (Some(staff.id), Some(user_id("grace"))));
    assert_eq!(watched.recomputed(), [Scope::Users(users(&["grace"]))]);
}

// scim: 143
// dialect: 17
#[test]
fn adding_those_who_are_in_already_changes_nothing() {
    let staff = a_group("Staff");
    let mut tx = read_only(&staff);
    tx.knows_members(&ids(&["ada"]));
    adds(&mut tx, &["ada"], &[]);
    let operations = json!([{"op": "add", "path": "members", "value": listed(&["ada"])}]);
    assert_eq!(patch(&mut tx, &staff, operations).unwrap(), staff);
}

#[test]
fn leaving_recomputes_those_who_left_and_nobody_else() {
    let staff = a_group("Staff");
    let by_filter = format!("members[value eq \"{}\"]", user_id("ada"));
    for operations in [
        json!([{"op": "remove", "path": by_filter}]),
        json!([{"op": "Remove", "path": "members", "value": listed(&["ada"])}]),
    ] {
        let (mut tx, watched) = touchable(&staff);
        removes(&mut tx, &["ada"], &["ada"]);
        patch(&mut tx, &staff, operations).unwrap();
        assert_eq!(watched.kinds(), [GroupMemberRemoved]);
        assert_eq!(watched.the(GroupMemberRemoved).user, Some(user_id("ada")));
        assert_eq!(watched.recomputed(), [Scope::Users(users(&["ada"]))]);
    }
}

// scim: 150
// dialect: 17
#[test]
fn removing_an_absent_member_again_succeeds_and_changes_nothing() {
    let staff = a_group("Staff");
    let mut tx = read_only(&staff);
    removes(&mut tx, &["ada"], &[]);
    let operations = json!([{"op": "remove", "path": "members", "value": listed(&["ada"])}]);
    assert_eq!(patch(&mut tx, &staff, operations).unwrap(), staff);

    // Not even an id: nothing is asked of the store.
    let operations = json!([{"op": "remove", "path": "members", "value": [{"value": "nobody"}]}]);
    assert_eq!(patch(&mut tx, &staff, operations).unwrap(), staff);
}

// scim: 148
// dialect: 4
#[test]
fn a_removal_without_a_filter_empties_the_group_because_it_says_so() {
    let staff = a_group("Staff");
    let (mut tx, watched) = touchable(&staff);
    keeps(&mut tx, &[], &["ada", "grace"]);
    patch(&mut tx, &staff, json!([{"op": "remove", "path": "members"}])).unwrap();
    assert_eq!(watched.kinds(), [GroupMemberRemoved, GroupMemberRemoved]);
    assert_eq!(watched.recomputed(), [Scope::Users(users(&["ada", "grace"]))]);
}

// scim: 154
#[test]
fn a_new_member_list_lets_out_who_is_not_on_it_and_in_who_is() {
    let staff = a_group("Staff");
    let list = listed(&["grace", "joan"]);
    for by_put in [true, false] {
        let (mut tx, watched) = touchable(&staff);
        keeps(&mut tx, &["grace", "joan"], &["ada"]);
        adds(&mut tx, &["grace", "joan"], &["joan"]);
        if by_put {
            put(&mut tx, &staff, json!({"displayName": "Staff", "members": list})).unwrap();
        } else {
            patch(&mut tx, &staff, json!([{"op": "replace", "path": "members", "value": list}])).unwrap();
        }
        assert_eq!(watched.the(GroupMemberRemoved).user, Some(user_id("ada")));
        assert_eq!(watched.the(GroupMemberAdded).user, Some(user_id("joan")));
        assert_eq!(watched.recomputed(), [Scope::Users(users(&["ada", "joan"]))]);
    }
}

#[test]
fn the_people_of_a_replaced_list_are_looked_up_once() {
    let staff = a_group("Staff");
    let (mut tx, _watched) = touchable_by_strangers(&staff);
    tx.expect_resolve_members().times(1).returning(|_, _| Ok(ids(&["grace"])));
    keeps(&mut tx, &["grace"], &["ada"]);
    adds(&mut tx, &["grace"], &[]);
    patch(&mut tx, &staff, json!([{"op": "replace", "path": "members", "value": listed(&["grace"])}]))
        .unwrap();
}

#[test]
fn a_put_without_members_is_a_group_without_members() {
    let staff = a_group("Staff");
    for body in [
        json!({"displayName": "Staff", "members": []}),
        json!({"displayName": "Staff", "members": null}),
        json!({"displayName": "Staff"}),
    ] {
        let (mut tx, watched) = touchable(&staff);
        keeps(&mut tx, &[], &["ada"]);
        put(&mut tx, &staff, body).unwrap();
        assert_eq!(watched.kinds(), [GroupMemberRemoved]);
        assert_eq!(watched.recomputed(), [Scope::Users(users(&["ada"]))]);
    }
}

#[test]
fn out_and_in_again_within_one_request_is_no_event() {
    let staff = a_group("Staff");
    let mut tx = read_only(&staff);
    tx.knows_members(&ids(&["ada"]));
    removes(&mut tx, &["ada"], &["ada"]);
    adds(&mut tx, &["ada"], &["ada"]);
    let operations = json!([
        {"op": "remove", "path": "members", "value": listed(&["ada"])},
        {"op": "add", "path": "members", "value": listed(&["ada"])},
    ]);
    assert_eq!(patch(&mut tx, &staff, operations).unwrap(), staff);
}

#[test]
fn in_and_out_again_within_one_request_is_no_event() {
    let staff = a_group("Staff");
    let mut tx = read_only(&staff);
    tx.knows_members(&ids(&["ada"]));
    adds(&mut tx, &["ada"], &["ada"]);
    removes(&mut tx, &["ada"], &["ada"]);
    let operations = json!([
        {"op": "add", "path": "members", "value": listed(&["ada"])},
        {"op": "remove", "path": "members", "value": listed(&["ada"])},
    ]);
    assert_eq!(patch(&mut tx, &staff, operations).unwrap(), staff);
}

#[test]
fn members_that_do_not_exist_are_named_and_nobody_joins() {
    let staff = a_group("Staff");
    let stranger = user_id("stranger").to_string();
    let members = json!([
        {"value": user_id("ada").to_string()}, {"value": stranger}, {"value": "not-an-id"},
        // Ids are case-exact: the upper-case spelling is somebody else.
        {"value": user_id("ada").to_string().to_uppercase()},
    ]);
    let mut tx = read_only(&staff);
    tx.knows_members(&ids(&["ada"]));
    let upper = user_id("ada").to_string().to_uppercase();
    let unknown = ResourceError::UnknownMembers { ids: vec!["not-an-id".into(), upper, stranger] };

    let added = json!([{"op": "add", "path": "members", "value": members}]);
    assert_eq!(patch(&mut tx, &staff, added).unwrap_err(), unknown);
    let replaced = json!({"displayName": "Staff", "members": members});
    assert_eq!(put(&mut tx, &staff, replaced).unwrap_err(), unknown);
    assert!(unknown.to_string().contains("not-an-id"), "{unknown}");
}

// scim: 54
#[test]
fn a_group_cannot_be_inside_itself() {
    let (staff, inner) = (a_group("Staff"), a_group("Inner"));
    let mut tx = read_only(&staff);
    tx.knows_members(&[MemberId::Group(inner.id)]);
    tx.expect_find_circle()
        .withf(move |org, group, new| (*org, *group) == (ORG, group_id("Staff")) && new == [inner.id])
        .returning(|_, _, new| Ok(Some(new[0])));
    let circle = ResourceError::Circle { member: inner.id.to_string() };
    let list = json!([{"value": inner.id.to_string()}]);
    let added = json!([{"op": "add", "path": "members", "value": list}]);
    assert_eq!(patch(&mut tx, &staff, added).unwrap_err(), circle);
    let replaced = json!({"displayName": "Staff", "members": list});
    assert_eq!(put(&mut tx, &staff, replaced).unwrap_err(), circle);
}

#[test]
fn a_nested_group_brings_everybody_in_it() {
    let (staff, inner) = (a_group("Staff"), a_group("Inner"));
    let member = MemberId::Group(inner.id);
    let mut tx = read_only(&staff);
    tx.knows_members(&[member]);
    tx.expect_find_circle().returning(|_, _, _| Ok(None));
    tx.expect_add_members().times(1).returning(move |_, _, _, _, _| Ok(vec![member]));
    tx.expect_touch_group().times(1).returning(|_, _, _, _| Ok(()));
    let watched = tx.watch();
    let operations = json!([{"op": "add", "path": "members", "value": [{"value": inner.id.to_string()}]}]);
    patch(&mut tx, &staff, operations).unwrap();
    assert_eq!(watched.the(GroupMemberAdded).subject, Some(inner.id.to_string()));
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![inner.id])]);
}

#[test]
fn a_filter_on_more_than_the_id_removes_exactly_those_it_matches() {
    let staff = a_group("Staff");
    let (mut tx, _) = touchable(&staff);
    // A full page, then a short one: the reader goes on after the last of the first.
    let (five_hundredth, last) =
        (MemberId::Group(GroupId(NumberedIds::nth(500))), MemberId::Group(group_id("Inner")));
    let mut first: Vec<MemberId> =
        (1..=1_000).map(|number| MemberId::User(UserId(NumberedIds::nth(number)))).collect();
    first[499] = five_hundredth;
    let rest = vec![person("grace"), last];
    tx.expect_members_of().times(2).returning(move |_, _, slice| match slice.after {
        None => Ok(first.clone()),
        Some(last) if last == NumberedIds::nth(1_000) => Ok(rest.clone()),
        Some(other) => panic!("asked to go on after {other}"),
    });
    for gone in [five_hundredth, last] {
        tx.expect_remove_members()
            .withf(move |_, _, asked| asked == [gone.uuid()])
            .times(1)
            .returning(move |_, _, _| Ok(vec![gone]));
    }
    patch(&mut tx, &staff, json!([{"op": "remove", "path": "members[type eq \"Group\"]"}])).unwrap();
}

#[test]
fn a_group_arrives_with_its_members() {
    let mut tx = MockTx::new();
    let watched = insertable(&mut tx);
    tx.knows_groups_named("Staff", &[]);
    tx.expect_mappings_of().returning(|_, _| Ok(Vec::new()));
    tx.knows_members(&ids(&["ada", "grace"]));
    adds(&mut tx, &["ada", "grace"], &["ada", "grace"]);
    let group = post(&mut tx, json!({"displayName": "Staff", "members": listed(&["ada", "grace"])})).unwrap();
    assert_eq!(watched.kinds(), [GroupCreated, GroupMemberAdded, GroupMemberAdded]);
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![group.id])]);
}
