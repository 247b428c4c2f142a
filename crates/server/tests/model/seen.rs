//! What a replica shows, all of it, next to the model.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    assert_same,
    facts::{Facts, Id, Role},
    support::Server,
};

pub(crate) fn compare(server: &Server, facts: &Facts, memberships: &BTreeMap<(Id, Id), Role>) {
    compare_people(server, facts, memberships);
    compare_groups(server, facts);
    let mut shown = BTreeMap::new();
    let mut workspaces = BTreeMap::new();
    for workspace in listed(server, "/v1/admin/workspaces", "data") {
        let id = word(&workspace, "id");
        for person in listed(server, &format!("/v1/admin/workspaces/{id}/users"), "data") {
            // Nobody who is inactive has a role.
            if let Some(role) = person["role"].as_str().and_then(Role::read) {
                shown.insert((id.clone(), word(&person, "user_id")), role);
            }
        }
        workspaces.insert(id, (word(&workspace, "name"), word(&workspace, "slug")));
    }
    assert_same("memberships", &shown, memberships);
    let wanted = facts.workspaces.iter().map(|(id, one)| (id.clone(), (one.name.clone(), one.slug.clone())));
    assert_same("workspaces", &workspaces, &wanted.collect());
    let mappings = listed(server, "/v1/scim/workspaces", "mappings").into_iter().map(|mapping| {
        let what = [word(&mapping, "scim_group_id"), word(&mapping, "workspace_id"), word(&mapping, "role")];
        (word(&mapping, "id"), what)
    });
    let wanted = facts.mappings.iter().map(|(id, mapping)| {
        (id.clone(), [mapping.group.clone(), mapping.workspace.clone(), mapping.role.word().to_owned()])
    });
    assert_same("mappings", &mappings.collect(), &wanted.collect());
}

fn compare_people(server: &Server, facts: &Facts, memberships: &BTreeMap<(Id, Id), Role>) {
    let mut people = BTreeMap::new();
    for one in resources(server, "/Users") {
        let etag = one["meta"]["version"].as_str().unwrap_or_default().to_owned();
        let roles = one["roles"][0]["value"].as_str().unwrap_or_default().to_owned();
        let words = [word(&one, "userName"), word(&one, "externalId"), word(&one, "title"), roles, etag];
        people.insert(word(&one, "id"), (words, one["active"].as_bool()));
    }
    let wanted = facts.people.iter().map(|(id, person)| {
        let words = [&person.user_name, &person.external_id, &person.title, person.role, &person.etag];
        (id.clone(), (words.map(str::to_owned), Some(person.active)))
    });
    let wanted: BTreeMap<_, _> = wanted.collect();
    assert_same("people", &people, &wanted);
    // What is asked by person is what is asked by workspace.
    for id in wanted.keys().take(100) {
        let one = server.admin("GET", &format!("/v1/admin/users/{id}"), None).expect(200).json;
        let place = |place: &Value| (word(place, "workspace_id"), Role::read(&word(place, "role")).unwrap());
        let shown: BTreeMap<Id, Role> = one["workspaces"].as_array().unwrap().iter().map(place).collect();
        let has = memberships.iter().filter(|((_, person), _)| person == id);
        assert_same(id, &shown, &has.map(|((place, _), role)| (place.clone(), *role)).collect());
        assert_eq!(word(&one, "org_role"), facts.people[id].role);
    }
}

fn compare_groups(server: &Server, facts: &Facts) {
    let mut groups = BTreeMap::new();
    for one in resources(server, "/Groups") {
        let members: BTreeSet<Id> =
            one["members"].as_array().into_iter().flatten().map(|member| word(member, "value")).collect();
        groups.insert(word(&one, "id"), (word(&one, "displayName"), members));
    }
    let wanted = facts.groups.iter().map(|(id, group)| {
        let both = facts.members.iter().chain(&facts.nested);
        let members = both.filter(|(of, _)| of == id).map(|(_, member)| member.clone()).collect();
        (id.clone(), (group.name.clone(), members))
    });
    assert_same("groups", &groups, &wanted.collect());
}

fn resources(server: &Server, path: &str) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let page = server
            .scim("GET", &format!("{path}?startIndex={}&count=100", all.len() + 1), None)
            .expect(200)
            .json;
        let some = page["Resources"].as_array().cloned().unwrap_or_default();
        if some.is_empty() {
            assert_eq!(page["totalResults"], all.len());
            return all;
        }
        all.extend(some);
    }
}

fn listed(server: &Server, path: &str, name: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.admin("GET", &format!("{path}?limit=100&cursor={cursor}"), None).expect(200).json;
        all.extend(page[name].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return all,
        }
    }
}

fn word(of: &Value, name: &str) -> String {
    of[name].as_str().unwrap_or_else(|| panic!("no {name} in {of}")).to_owned()
}
