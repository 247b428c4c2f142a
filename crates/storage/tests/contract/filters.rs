//! A filter finds in the database what it finds in the documents.

use std::collections::BTreeSet;

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use rolecall_domain::{
    ids::{GroupId, UserId},
    ports::{PageStart, ResourcePage, ResourceQuery},
    records::{Group, User},
    testing::{THEN, a_group_with, a_user_with, a_waiting_group},
};
use rolecall_scim::{
    document::Document,
    filter::{Filter, ResolvedFilter},
    index::{fold, index_document},
    profile::Profile,
    render,
    schema::ResourceType,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::world::{Subject, World, later, nested, sorted, user};

pub(super) fn resolved(text: &str, resource_type: &ResourceType) -> ResolvedFilter {
    Filter::parse(text)
        .and_then(|filter| filter.resolve(resource_type, Profile::Compatible))
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

pub(super) fn page(filter: Option<ResolvedFilter>, start_index: u64, count: u64) -> ResourceQuery {
    ResourceQuery { filter, start: PageStart::Index(start_index), count, ..ResourceQuery::default() }
}

pub(super) fn people(world: &World, query: ResourceQuery) -> ResourcePage<UserId> {
    world.read(move |tx, org| {
        let ResourcePage { total, items, next } = tx.query_users(org, &query)?;
        Ok(ResourcePage { total, next, items: items.into_iter().map(|user| user.id).collect() })
    })
}

pub(super) fn groups(world: &World, query: ResourceQuery) -> ResourcePage<GroupId> {
    world.read(move |tx, org| {
        let ResourcePage { total, items, next } = tx.query_groups(org, &query)?;
        Ok(ResourcePage { total, next, items: items.into_iter().map(|group| group.id).collect() })
    })
}

pub(super) fn find_people(world: &World, filter: &str) -> Vec<UserId> {
    let found = people(world, page(Some(resolved(filter, ResourceType::user())), 1, 100));
    assert_eq!(found.total, Some(found.items.len() as u64), "{filter}");
    found.items
}

fn find_groups(world: &World, filter: &str) -> Vec<GroupId> {
    let found = groups(world, page(Some(resolved(filter, ResourceType::group())), 1, 100));
    assert_eq!(found.total, Some(found.items.len() as u64), "{filter}");
    found.items
}

// scim: 28, 29, 115
pub(crate) fn the_match_queries_find_one_person(subject: &mut Subject) {
    let acme = subject.acme();
    let ada = acme.person_with("ada", json!({"externalId": "X-1", "displayName": "Ada Lovelace"}));
    acme.person_with("grace", json!({"externalId": "X-2"}));
    subject.org("globex").person_with("ada", json!({"externalId": "X-1"}));
    for filter in [
        r#"userName eq "ADA@acme.test""#,
        r#"externalId eq "X-1""#,
        r#"displayName eq "ada lovelace""#,
        &format!(r#"id eq "{}""#, ada.id),
        r#"userName eq "ada@acme.test" and externalId eq "X-1""#,
    ] {
        assert_eq!(find_people(&acme, filter), [ada.id], "{filter}");
    }
    for filter in [
        r#"userName eq "ada""#,
        r#"externalId eq "x-1""#,
        r#"id eq "1""#,
        &format!(r#"id eq "{}""#, ada.id.to_string().to_uppercase()),
        r#"userName eq "ada@acme.test" and externalId eq "X-2""#,
    ] {
        assert_eq!(find_people(&acme, filter), [], "{filter}");
    }
}

pub(crate) fn the_match_queries_find_groups(subject: &mut Subject) {
    let acme = subject.acme();
    let one = acme.group_with("Sales", json!({"externalId": "1"}));
    let two = acme.group_with("SALES", json!({"externalId": "2"}));
    let waiting = a_waiting_group("Sales");
    acme.add_group(&waiting).unwrap();
    assert_eq!(find_groups(&acme, r#"displayName eq "sales""#), sorted(vec![one.id, two.id]));
    assert_eq!(find_groups(&acme, r#"externalId eq "2""#), [two.id]);
    assert_eq!(find_groups(&acme, &format!(r#"id eq "{}""#, one.id)), [one.id]);
    assert_eq!(find_groups(&acme, &format!(r#"id eq "{}""#, waiting.id)), [], "no IdP has pushed it");
    assert_eq!(groups(&acme, page(None, 1, 10)).total, Some(2));
}

// scim: 125, 128
pub(crate) fn pages_of_a_query_follow_each_other(subject: &mut Subject) {
    let acme = subject.acme();
    let all = sorted((0..7).map(|n| acme.person(&format!("p{n}")).id).collect());
    acme.person_with("inactive", json!({"active": false}));
    let query = |start, count| {
        people(&acme, page(Some(resolved("active eq true", ResourceType::user())), start, count))
    };
    for (start, count, wanted) in [
        (1, 3, &all[0..3]),
        (4, 3, &all[3..6]),
        (7, 3, &all[6..7]),
        (8, 3, &all[7..]),
        (100, 3, &all[7..]),
        (1, 7, &all[..]),
        (1, 8, &all[..]),
        (0, 2, &all[0..2]),
        (1, 0, &all[7..]),
        (u64::MAX, u64::MAX, &all[7..]),
    ] {
        assert_eq!(
            query(start, count),
            ResourcePage { total: Some(7), items: wanted.to_vec(), next: None },
            "{start}, {count}"
        );
    }
    assert_eq!(people(&acme, page(None, 1, 2)).total, Some(8));
    let unique = || Some(resolved(r#"userName eq "p1@acme.test""#, ResourceType::user()));
    for (start, count, items) in [(1, 0, 0), (1, 1, 1), (2, 1, 0)] {
        let found = people(&acme, page(unique(), start, count));
        assert_eq!((found.total, found.items.len()), (Some(1), items));
    }
}

// scim: 47, 111
// dialect: 8
pub(crate) fn a_query_for_members_and_groups(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, grace) = (acme.person_with("ada", json!({"displayName": "Ada"})), acme.person("grace"));
    let (inner, outer, empty) = (acme.group("Inner"), acme.group("Outer"), acme.group("Empty"));
    acme.join(&inner, &[user(&ada)]);
    acme.join(&outer, &[user(&grace), nested(&inner)]);
    for (filter, wanted) in [
        (format!(r#"members.value eq "{}""#, ada.id), vec![inner.id]),
        (format!(r#"members eq "{}""#, inner.id), vec![outer.id]),
        (format!(r#"members[value eq "{}"]"#, grace.id), vec![outer.id]),
        (format!(r#"members[value eq "{}" and type eq "Group"]"#, inner.id), vec![outer.id]),
        (format!(r#"members[value eq "{}" and type eq "User"]"#, inner.id), vec![]),
        (format!(r#"not (members.value eq "{}")"#, ada.id), sorted(vec![outer.id, empty.id])),
        (format!(r#"displayName sw "inn" and members.value eq "{}""#, ada.id), vec![inner.id]),
        (r#"members.display eq "ada""#.to_owned(), vec![inner.id]),
        (r#"members.value eq "nobody""#.to_owned(), vec![]),
        ("members pr".to_owned(), sorted(vec![inner.id, outer.id])),
    ] {
        assert_eq!(find_groups(&acme, &filter), wanted, "{filter}");
    }
    for (filter, wanted) in [
        (format!(r#"groups.value eq "{}""#, outer.id), sorted(vec![ada.id, grace.id])),
        (format!(r#"groups.value eq "{}""#, inner.id), vec![ada.id]),
        (format!(r#"groups[value eq "{}" and type eq "direct"]"#, outer.id), vec![grace.id]),
        (format!(r#"groups[value eq "{}" and type eq "indirect"]"#, outer.id), vec![ada.id]),
        (r#"groups.display co "INN""#.to_owned(), vec![ada.id]),
        (r#"groups.value eq "nothing""#.to_owned(), vec![]),
        ("groups pr".to_owned(), sorted(vec![ada.id, grace.id])),
    ] {
        assert_eq!(find_people(&acme, &filter), wanted, "{filter}");
    }
}

pub(crate) fn what_a_client_sends_is_never_sql(subject: &mut Subject) {
    let acme = subject.acme();
    let odd = [r#"%"#, r#"_"#, r#"' OR 1=1 --"#, r#"""#, r#"\"#, "$1", "?", r#"a%b"#, "🐧", "$.a"];
    let ids: Vec<UserId> = odd
        .iter()
        .enumerate()
        .map(|(n, text)| {
            acme.person_with(&format!("p{n}"), json!({"userName": text, "title": text, "externalId": text}))
                .id
        })
        .collect();
    for (text, id) in odd.iter().zip(ids) {
        let literal = Value::from(*text);
        for attribute in ["userName", "title", "externalId"] {
            let found = find_people(&acme, &format!("{attribute} eq {literal}"));
            assert_eq!(found, [id], "{attribute} eq {literal}");
        }
        for op in ["co", "sw", "ew"] {
            for attribute in ["userName", "title"] {
                let found = find_people(&acme, &format!("{attribute} {op} {literal}"));
                assert!(
                    found.contains(&id) && found.len() < 4,
                    "{attribute} {op} {literal}: {}",
                    found.len()
                );
            }
        }
    }
}

pub(crate) fn a_person_is_found_by_each_of_its_addresses_as_they_are_now(subject: &mut Subject) {
    let acme = subject.acme();
    let ada = |emails: Value| a_user_with("ada", json!({"emails": emails}));
    let grace =
        acme.person_with("grace", json!({"emails": [{"value": "G@x", "type": "home"}, {"value": "both@x"}]}));
    let found = |address: &str| {
        [
            format!(r#"emails eq "{address}""#),
            format!(r#"emails.value eq "{address}""#),
            format!(r#"emails[value eq "{address}"]"#),
            format!(r#"emails[value eq "{address}" and value sw ""]"#),
            format!(r#"not (not (emails.value eq "{address}"))"#),
        ]
        .map(|filter| find_people(&acme, &filter))
        .into_iter()
        .reduce(|one, other| {
            assert_eq!(one, other, "{address}");
            one
        })
        .unwrap()
    };
    let write = |emails: Value| {
        let user = ada(emails);
        acme.try_write(move |tx, org| {
            tx.update_user(org, user.id, &user.facts, &rolecall_domain::testing::written_user(&user), 2, THEN)
        })
    };
    let id = acme.person("ada").id;
    assert_eq!(found("g@X"), [grace.id]);
    assert_eq!(find_people(&acme, r#"emails[value eq "g@x" and type eq "work"]"#), []);
    assert_eq!(find_people(&acme, r#"emails[type eq "home"].value eq "g@x""#), [grace.id]);
    write(json!([{"value": "a@x"}, {"value": "A@X"}, {"value": "both@x"}, {"type": "work"}])).unwrap();
    assert_eq!((found("a@x"), found("both@x")), (vec![id], sorted(vec![id, grace.id])));
    write(json!([{"value": "new@x"}, {"value": "both@x"}])).unwrap();
    assert_eq!((found("a@x"), found("new@x")), (vec![], vec![id]));
    // A refused change leaves the addresses as they are.
    let taken = a_user_with("ada", json!({"userName": "grace@acme.test", "emails": [{"value": "other@x"}]}));
    acme.write(move |tx, org| {
        let written = rolecall_domain::testing::written_user(&taken);
        tx.update_user(org, taken.id, &taken.facts, &written, 3, THEN).unwrap_err();
        Ok(())
    });
    assert_eq!((found("other@x"), found("new@x")), (vec![], vec![id]));
    acme.write(move |tx, org| tx.delete_user(org, id, THEN));
    assert_eq!((found("new@x"), found("both@x")), (vec![], vec![grace.id]));
    // The same person anew starts with nothing.
    acme.person("ada");
    assert_eq!(found("new@x"), []);
}

// --- The same in SQL as in SCIM ---

pub(super) const WORDS: [&str; 18] = [
    "",
    "a",
    "A",
    "ab",
    "Abba",
    "b%",
    "a_b",
    "é",
    "É",
    "ΣΑΣ",
    "σας",
    "🐧a",
    "10",
    "'",
    // A NUL is where functions of texts in C stop.
    "\0",
    "a\0",
    "a\0b",
    "\u{1}\\\"",
];

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(&WORDS[..]).prop_map(str::to_owned)
}

fn maybe(
    attribute: &'static str,
    value: impl Strategy<Value = Value> + 'static,
) -> BoxedStrategy<Vec<(String, Value)>> {
    prop_oneof![
        1 => Just(Vec::new()),
        2 => value.prop_map(move |value| vec![(attribute.to_owned(), value)]),
    ]
    .boxed()
}

fn text() -> impl Strategy<Value = Value> {
    word().prop_map(Value::from)
}

fn object(parts: Vec<BoxedStrategy<Vec<(String, Value)>>>) -> impl Strategy<Value = Value> {
    parts.prop_map(|parts| Value::Object(parts.into_iter().flatten().collect::<Map<_, _>>()))
}

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The attributes of a User beside `userName` and `externalId`, which the test makes unique.
pub(super) fn user_attributes() -> impl Strategy<Value = Value> {
    let email = object(vec![
        maybe("value", text()),
        maybe("type", prop::sample::select(vec!["work", "Home"]).prop_map(Value::from)),
        maybe("primary", any::<bool>().prop_map(Value::from)),
    ]);
    object(vec![
        maybe("displayName", text()),
        maybe("title", text()),
        maybe("nickName", text()),
        maybe("active", any::<bool>().prop_map(Value::from)),
        maybe("name", object(vec![maybe("familyName", text()), maybe("givenName", text())])),
        maybe("emails", prop::collection::vec(email, 0..3).prop_map(Value::from)),
        maybe(
            "roles",
            prop::collection::vec(object(vec![maybe("value", text()), maybe("display", text())]), 0..3)
                .prop_map(Value::from),
        ),
        maybe(
            ENTERPRISE,
            object(vec![
                maybe("department", text()),
                maybe("manager", object(vec![maybe("value", text()), maybe("displayName", text())])),
            ]),
        ),
    ])
}

/// A filter as text. What does not fit the schema is left out when it is resolved.
fn filter(
    attributes: &'static [&'static str],
    brackets: &'static [(&'static str, &'static [&'static str])],
    ids: Vec<String>,
) -> BoxedStrategy<String> {
    let literal = move |ids: Vec<String>| {
        prop_oneof![
            6 => word().prop_map(|word| Value::from(word).to_string()),
            1 => prop::sample::select(vec!["true", "false", "null", "10", "2.5", "\"2026-01-01T00:00:00Z\"", "\"2026-01-03T00:00:00Z\"", "\"W/\\\"1\\\"\"", "\"User\"", "\"direct\"", "\"work\""]).prop_map(str::to_owned),
            2 => prop::sample::select(ids).prop_map(|id| Value::from(id).to_string()),
        ]
    };
    let op = || prop::sample::select(vec!["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);
    let compare = |names: Vec<&'static str>, ids: Vec<String>| {
        prop_oneof![
            5 => (prop::sample::select(names.clone()), op(), literal(ids)).prop_map(|(name, op, value)| format!("{name} {op} {value}")),
            1 => prop::sample::select(names).prop_map(|name| format!("{name} pr")),
        ]
    };
    let mut leaves = vec![
        compare(attributes.to_vec(), ids.clone()).boxed(),
        compare(attributes.to_vec(), ids.clone()).boxed(),
    ];
    for (attribute, inner) in brackets {
        let one = compare(inner.to_vec(), ids.clone());
        let two = (
            compare(inner.to_vec(), ids.clone()),
            prop::sample::select(vec!["and", "or"]),
            compare(inner.to_vec(), ids.clone()),
        )
            .prop_map(|(a, word, b)| format!("{a} {word} not ({b})"));
        leaves.push(prop_oneof![one, two].prop_map(move |inner| format!("{attribute}[{inner}]")).boxed());
    }
    prop::strategy::Union::new(leaves)
        .prop_recursive(3, 8, 2, |inner| {
            prop_oneof![
                (inner.clone(), prop::sample::select(vec!["and", "or"]), inner.clone())
                    .prop_map(|(a, word, b)| format!("({a}) {word} ({b})")),
                inner.prop_map(|term| format!("not ({term})")),
            ]
        })
        .boxed()
}

pub(super) const USER_ATTRIBUTES: &[&str] = &[
    "id",
    "userName",
    "externalId",
    "displayName",
    "title",
    "nickName",
    "active",
    "name",
    "name.familyName",
    "name.givenName",
    "emails",
    "emails.value",
    "emails.type",
    "emails.primary",
    "roles.value",
    "roles",
    "groups",
    "groups.value",
    "groups.display",
    "groups.type",
    "meta.created",
    "meta.lastModified",
    "meta.resourceType",
    "meta.version",
    "meta",
    "unknown",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
];
const USER_BRACKETS: &[(&str, &[&str])] = &[
    ("emails", &["value", "type", "primary"]),
    ("roles", &["value", "display"]),
    ("groups", &["value", "display", "type"]),
    ("name", &["familyName", "givenName"]),
];
const GROUP_ATTRIBUTES: &[&str] = &[
    "id",
    "displayName",
    "externalId",
    "members",
    "members.value",
    "members.type",
    "members.display",
    "meta.lastModified",
    "meta.version",
    "unknown",
];
const GROUP_BRACKETS: &[(&str, &[&str])] = &[("members", &["value", "type", "display"])];

/// The folded form of all that a client sees of a resource.
pub(super) fn seen(
    document: &str,
    resource_type: &ResourceType,
    id: Uuid,
    version: i64,
    modified: i64,
    more: Vec<(&str, Value)>,
) -> Map<String, Value> {
    let document = Document::from_stored(document).unwrap();
    let mut all = index_document(&document, resource_type);
    all.insert("id".into(), id.to_string().into());
    let meta = json!({
        "resourceType": resource_type.name,
        "created": THEN.0,
        "lastModified": modified,
        "version": render::etag(version),
    });
    all.insert("meta".into(), meta);
    all.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
    all
}

pub(super) fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    // The same in each run: a case that fails fails again.
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

// scim: 104, 105, 108, 109, 110, 111, 112, 113, 117
pub(crate) fn a_filter_means_the_same_in_sql_as_in_scim(subject: &mut Subject) {
    const PEOPLE: usize = 40;
    let acme = subject.acme();
    let mut random = runner(1);
    let groups: Vec<Group> = ["Ab", "ΣΑΣ", "10"].map(|name| acme.group(name)).to_vec();
    acme.join(&groups[1], &[nested(&groups[0])]);
    let mut all = Vec::new();
    let mut ids: Vec<String> = groups.iter().map(|group| group.id.to_string()).collect();
    for n in 0..PEOPLE {
        let mut body = user_attributes().new_tree(&mut random).unwrap().current();
        body["userName"] = format!("{}{n}", WORDS[n % WORDS.len()]).into();
        if n % 3 > 0 {
            body["externalId"] = format!("{}{}", WORDS[n % WORDS.len()], n / WORDS.len()).into();
        }
        let person: User = a_user_with(&format!("p{n}"), body);
        acme.add_person(&person).unwrap();
        let mut shown = Vec::new();
        for (place, group) in groups.iter().enumerate() {
            if (n >> place) % 2 == 1 {
                acme.join(group, &[user(&person)]);
            }
            let direct = (n >> place) % 2 == 1;
            if direct || place == 1 && n % 2 == 1 {
                let kind = if direct { "direct" } else { "indirect" };
                shown.push(json!({"value": group.id.to_string(), "display": fold(&group.facts.display_name), "type": kind}));
            }
        }
        // Half of them have changed since.
        let (version, modified) = if n % 2 == 0 { (1, THEN) } else { (2, later(2)) };
        let row = person.clone();
        acme.write(move |tx, org| {
            let written = rolecall_domain::testing::written_user(&row);
            tx.update_user(org, row.id, &row.facts, &written, version, modified)
        });
        let mut more = vec![("displayName", fold(&person.facts.display_name).into())];
        if !shown.is_empty() {
            more.push(("groups", shown.into()));
        }
        ids.push(person.id.to_string());
        all.push((
            person.id,
            seen(&person.document.text, ResourceType::user(), person.id.0, version, modified.0, more),
        ));
    }
    let matched = std::cell::Cell::new(0);
    runner(1500)
        .run(&filter(USER_ATTRIBUTES, USER_BRACKETS, ids), |text| {
            let Ok(filter) =
                Filter::parse(&text).and_then(|f| f.resolve(ResourceType::user(), Profile::Compatible))
            else {
                return Ok(());
            };
            let wanted: BTreeSet<UserId> =
                all.iter().filter(|(_, index)| filter.matches(index)).map(|(id, _)| *id).collect();
            let found = people(&acme, page(Some(filter), 1, 100));
            prop_assert_eq!(found.items.iter().copied().collect::<BTreeSet<_>>(), wanted.clone(), "{}", text);
            prop_assert_eq!(found.total, Some(wanted.len() as u64));
            matched.set(matched.get() + usize::from(!wanted.is_empty() && wanted.len() < PEOPLE));
            Ok(())
        })
        .unwrap();
    assert!(matched.get() > 200, "only {} filters told anybody apart", matched.get());
}

// scim: 104, 111
pub(crate) fn a_filter_on_groups_means_the_same_in_sql_as_in_scim(subject: &mut Subject) {
    const GROUPS: usize = 20;
    let acme = subject.acme();
    let people: Vec<User> = WORDS[1..6]
        .iter()
        .enumerate()
        .map(|(n, word)| acme.person_with(&format!("p{n}"), json!({"displayName": word})))
        .collect();
    let inner = acme.group("Inner");
    let mut ids: Vec<String> = people.iter().map(|person| person.id.to_string()).collect();
    ids.push(inner.id.to_string());
    let mut all =
        vec![(inner.id, seen(&inner.document.text, ResourceType::group(), inner.id.0, 1, THEN.0, vec![]))];
    for n in 0..GROUPS {
        let mut attributes = json!({});
        if n % 2 == 0 {
            attributes["externalId"] = format!("{}{n}", WORDS[n % WORDS.len()]).into();
        }
        let group = a_group_with(&format!("{}{}", WORDS[n % WORDS.len()], n / WORDS.len()), attributes);
        acme.add_group(&group).unwrap();
        let mut shown = Vec::new();
        for (place, person) in people.iter().enumerate() {
            if (n >> place) % 2 == 1 {
                acme.join(&group, &[user(person)]);
                shown.push(json!({"value": person.id.to_string(), "display": fold(&person.facts.display_name), "type": "user"}));
            }
        }
        if n % 3 == 0 {
            acme.join(&group, &[nested(&inner)]);
            shown.push(json!({"value": inner.id.to_string(), "display": "inner", "type": "group"}));
        }
        let (id, version, modified) = (group.id, 1 + n as i64 % 2, later(n as i64 % 3));
        acme.write(move |tx, org| tx.touch_group(org, id, version, modified));
        let more = if shown.is_empty() { vec![] } else { vec![("members", shown.into())] };
        ids.push(group.id.to_string());
        all.push((
            group.id,
            seen(&group.document.text, ResourceType::group(), group.id.0, version, modified.0, more),
        ));
    }
    let matched = std::cell::Cell::new(0);
    runner(800)
        .run(&filter(GROUP_ATTRIBUTES, GROUP_BRACKETS, ids), |text| {
            let Ok(filter) =
                Filter::parse(&text).and_then(|f| f.resolve(ResourceType::group(), Profile::Compatible))
            else {
                return Ok(());
            };
            let wanted: BTreeSet<GroupId> =
                all.iter().filter(|(_, index)| filter.matches(index)).map(|(id, _)| *id).collect();
            let found = groups(&acme, page(Some(filter), 1, 100));
            prop_assert_eq!(found.items.iter().copied().collect::<BTreeSet<_>>(), wanted.clone(), "{}", text);
            matched.set(matched.get() + usize::from(!wanted.is_empty() && wanted.len() <= GROUPS));
            Ok(())
        })
        .unwrap();
    assert!(matched.get() > 100, "only {} filters told groups apart", matched.get());
}
