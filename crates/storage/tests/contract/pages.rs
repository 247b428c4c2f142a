//! Pages: in which order, where each begins, and what happens to them while rows come and go.

use std::collections::BTreeSet;

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use rolecall_domain::{
    ids::UserId,
    ports::{PageStart, ResourcePage, ResourceQuery, StoreError, UserFilter},
    records::{Group, User, WrittenDocument},
    testing::{
        THEN, a_group, a_user, a_user_with, a_waiting_group, the_connection, written_group, written_user,
    },
};
use rolecall_scim::{
    cursor::Position,
    filter::Target,
    index::fold,
    profile::Profile,
    schema::{AttributeType, ResourceType},
    sort::{ResolvedSort, SortBy, SortOrder},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    filters::{USER_ATTRIBUTES, WORDS, groups, page, people, resolved, runner, seen, user_attributes},
    world::{Subject, World, insert_group, insert_user, later, nested, sorted, user},
};

const ORDERS: [SortOrder; 2] = [SortOrder::Ascending, SortOrder::Descending];

/// Everybody in an order, in one page.
fn in_order(sort: Option<ResolvedSort>) -> ResourceQuery {
    ResourceQuery { sort, count: 10_000, ..ResourceQuery::default() }
}

fn sort_of(by: &str, order: SortOrder, resource_type: &ResourceType) -> Option<ResolvedSort> {
    let sort = SortBy { order, ..SortBy::parse(by, None, Profile::Compatible).unwrap() };
    sort.resolve(resource_type, Profile::Compatible).unwrap()
}

/// What the pure key says of the order; among equals, that of ids.
fn expected<Id: Copy + Ord>(rows: &[(Id, Map<String, Value>)], sort: Option<&ResolvedSort>) -> Vec<Id> {
    let mut rows: Vec<_> = rows.iter().map(|(id, seen)| (sort.map(|sort| sort.key(seen)), *id)).collect();
    rows.sort();
    rows.into_iter().map(|(_, id)| id).collect()
}

/// The pages of a query by cursor, until there is none; `between` runs after each with the number of pages so far.
fn walk(
    world: &World,
    query: &ResourceQuery,
    sizes: &mut dyn FnMut() -> u64,
    between: &mut dyn FnMut(&[UserId]),
) -> Vec<UserId> {
    let mut all = Vec::new();
    let mut start = None;
    loop {
        let count = sizes();
        let query = ResourceQuery { start: PageStart::Cursor(start), count, ..query.clone() };
        let found = people(world, query);
        assert_eq!(found.total, None, "a cursor does not count");
        assert!(found.items.len() as u64 <= count);
        all.extend(&found.items);
        match found.next {
            Some(next) => {
                assert_eq!(found.items.len() as u64, count, "a page that is followed is full");
                start = Some(next);
            }
            None => return all,
        }
        between(&found.items);
    }
}

fn number(random: &mut TestRunner, range: std::ops::Range<u64>) -> u64 {
    range.new_tree(random).unwrap().current()
}

/// People with all kinds of attributes, and what a client sees of them.
fn a_mixed_crowd(world: &World, random: &mut TestRunner, size: usize) -> Vec<(UserId, Map<String, Value>)> {
    let groups: Vec<Group> = ["Ab", "ΣΑΣ"].map(|name| world.group(name)).to_vec();
    let mut rows = Vec::new();
    for n in 0..size {
        let mut body = user_attributes().new_tree(random).unwrap().current();
        body["userName"] = format!("{}{n}", WORDS[n % WORDS.len()]).into();
        if n % 3 > 0 {
            body["externalId"] = format!("{}{}", WORDS[n % WORDS.len()], n / WORDS.len()).into();
        }
        let person = a_user_with(&format!("p{n}"), body);
        let (version, modified) = (1 + n as i64 % 3, later(n as i64 % 4));
        let (row, joined) = (person.clone(), groups.clone());
        world.write(move |tx, org| {
            insert_user(tx, org, &row)?;
            tx.update_user(org, row.id, &row.facts, &written_user(&row), version, modified)?;
            for (place, group) in joined.iter().enumerate().filter(|(place, _)| (n >> place) % 2 == 1) {
                let change = rolecall_domain::ids::ChangeId(Uuid::from_u128(place as u128));
                tx.add_members(org, group.id, &[user(&row)], change, THEN)?;
            }
            Ok(())
        });
        let mut shown: Vec<_> =
            groups.iter().enumerate().filter(|(place, _)| (n >> place) % 2 == 1).collect();
        shown.sort_by_key(|(_, group)| group.id);
        let shown: Vec<Value> = shown
            .into_iter()
            .map(|(_, group)| {
                json!({"value": group.id.to_string(), "display": fold(&group.facts.display_name), "type": "direct"})
            })
            .collect();
        let more = vec![
            ("displayName", fold(&person.facts.display_name).into()),
            ("groups", if shown.is_empty() { Value::Null } else { shown.into() }),
        ];
        let text = &person.document.text;
        rows.push((person.id, seen(text, ResourceType::user(), person.id.0, version, modified.0, more)));
    }
    rows
}

// scim: 122, 123, 124
pub(crate) fn an_order_means_the_same_in_sql_as_in_scim(subject: &mut Subject) {
    let acme = subject.acme();
    let mut random = runner(1);
    let rows = a_mixed_crowd(&acme, &mut random, 40);
    for by in USER_ATTRIBUTES {
        for order in ORDERS {
            let sort = sort_of(by, order, ResourceType::user());
            let wanted = expected(&rows, sort.as_ref());
            assert_eq!(people(&acme, in_order(sort.clone())).items, wanted, "{by} {order:?}");
            // The same, page by page.
            let start = number(&mut random, 1..45);
            let count = number(&mut random, 1..20);
            let found = people(
                &acme,
                ResourceQuery { start: PageStart::Index(start), count, ..in_order(sort.clone()) },
            );
            let part: Vec<UserId> =
                wanted.iter().copied().skip(start as usize - 1).take(count as usize).collect();
            assert_eq!((found.items, found.total), (part, Some(40)), "{by} {order:?} from {start}, {count}");
            let walked = walk(&acme, &in_order(sort), &mut || number(&mut random, 1..15), &mut |_| {});
            assert_eq!(walked, wanted, "{by} {order:?} by cursor");
        }
    }
}

// scim: 122
pub(crate) fn an_order_of_groups_means_the_same_in_sql_as_in_scim(subject: &mut Subject) {
    let acme = subject.acme();
    acme.add_group(&a_waiting_group("Waiting")).unwrap();
    let (inner, ada) = (acme.group("Inner"), acme.person_with("ada", json!({"displayName": "Ada"})));
    let mut rows = Vec::new();
    for n in 0..12 {
        let group = acme.group(&format!("{}{n}", WORDS[n % WORDS.len()]));
        let mut shown = Vec::new();
        if n % 2 == 1 {
            acme.join(&group, &[nested(&inner)]);
            shown.push(json!({"value": inner.id.to_string(), "display": "inner", "type": "group"}));
        }
        if n % 3 == 1 {
            acme.join(&group, &[user(&ada)]);
            shown.push(json!({"value": ada.id.to_string(), "display": "ada", "type": "user"}));
        }
        shown.sort_by_key(|member| member["value"].to_string());
        let more = if shown.is_empty() { vec![] } else { vec![("members", shown.into())] };
        rows.push((group.id, seen(&group.document.text, ResourceType::group(), group.id.0, 1, THEN.0, more)));
    }
    rows.push((inner.id, seen(&inner.document.text, ResourceType::group(), inner.id.0, 1, THEN.0, vec![])));
    for by in [
        "displayName",
        "externalId",
        "id",
        "meta.version",
        "members",
        "members.value",
        "members.type",
        "members.display",
    ] {
        for order in ORDERS {
            let sort = sort_of(by, order, ResourceType::group());
            let wanted = expected(&rows, sort.as_ref());
            assert_eq!(groups(&acme, in_order(sort.clone())).items, wanted, "{by} {order:?}");
            let (mut walked, mut start) = (Vec::new(), Some(PageStart::Cursor(None)));
            while let Some(begin) = start {
                let found = groups(&acme, ResourceQuery { start: begin, count: 4, ..in_order(sort.clone()) });
                walked.extend(found.items);
                start = found.next.map(|next| PageStart::Cursor(Some(next)));
            }
            assert_eq!(walked, wanted, "{by} {order:?} by cursor");
        }
    }
}

/// Values that do not fit their attribute, too: an extension schema may change after they were written.
fn any_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..3).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-6_i64..6).prop_map(|halves| Value::from(halves as f64 / 2.0)),
        prop::sample::select(vec![9007199254740993.0, 0.1, 1e300, -1e-300, 9.3e18, u64::MAX as f64])
            .prop_map(Value::from),
        prop::sample::select(&WORDS[..]).prop_map(Value::from),
        Just(Value::from("a\u{0}b")),
        Just(Value::from("a\u{0}c")),
    ];
    let element = prop_oneof![
        2 => scalar.clone(),
        3 => (scalar.clone(), prop::option::of(any::<bool>())).prop_map(|(value, primary)| match primary {
            Some(primary) => json!({"value": value, "primary": primary}),
            None => json!({"value": value}),
        }),
    ];
    prop_oneof![
        3 => scalar,
        1 => element.clone(),
        3 => prop::collection::vec(element, 0..4).prop_map(Value::from),
    ]
}

// scim: 124
pub(crate) fn values_of_any_type_are_ordered_as_in_scim(subject: &mut Subject) {
    let acme = subject.acme();
    let mut random = runner(1);
    let mut rows = Vec::new();
    for n in 0..80 {
        let person = a_user(&format!("p{n}"));
        let value = any_value().new_tree(&mut random).unwrap().current();
        let index = json!({"a": value, "b": {"c": value}});
        rows.push((person.id, index.as_object().unwrap().clone()));
        let written = WrittenDocument { text: "{}".into(), index: index.to_string() };
        acme.write(move |tx, org| {
            tx.insert_user(org, person.id, person.connection, &person.facts, &written, THEN)
        });
    }
    let kinds = [
        AttributeType::Boolean,
        AttributeType::Integer,
        AttributeType::Decimal,
        AttributeType::DateTime,
        AttributeType::String,
        AttributeType::Complex,
    ];
    let paths: [(&[&str], usize, bool); 6] = [
        (&["a"], 1, false),
        (&["b", "c"], 2, false),
        (&["a", "value"], 2, false),
        (&["a"], 1, true),
        (&["a", "value"], 1, true),
        (&["b", "c", "value"], 2, true),
    ];
    for kind in kinds {
        for (path, array_depth, multi_valued) in paths {
            for (order, prefers_primary) in ORDERS.into_iter().flat_map(|o| [(o, true), (o, false)]) {
                let path = path.iter().map(|&key| key.to_owned()).collect();
                let target = Target { path, array_depth, kind, case_exact: true, multi_valued };
                let sort = ResolvedSort { target, order, prefers_primary: prefers_primary && multi_valued };
                let wanted = expected(&rows, Some(&sort));
                assert_eq!(people(&acme, in_order(Some(sort.clone()))).items, wanted, "{sort:?}");
                let walked = walk(
                    &acme,
                    &in_order(Some(sort.clone())),
                    &mut || number(&mut random, 5..40),
                    &mut |_| {},
                );
                assert_eq!(walked, wanted, "{sort:?} by cursor");
            }
        }
    }
}

// scim: 180, 187
pub(crate) fn a_walk_by_cursor_misses_nobody_and_meets_nobody_twice(subject: &mut Subject) {
    let acme = subject.acme();
    let mut random = runner(1);
    let mut there = a_mixed_crowd(&acme, &mut random, 40);
    for (round, by) in
        ["", "displayName", "nickName", "emails", "active", "meta.lastModified"].into_iter().enumerate()
    {
        for order in ORDERS {
            let sort = if by.is_empty() { None } else { sort_of(by, order, ResourceType::user()) };
            let begin: BTreeSet<UserId> = there.iter().map(|(id, _)| *id).collect();
            let mut gone = BTreeSet::new();
            let mut known = there.clone();
            let mut sizes = runner(2);
            let mut count = 0;
            let walked =
                walk(&acme, &in_order(sort.clone()), &mut || number(&mut sizes, 1..9), &mut |page| {
                    count += 1;
                    let mut body = user_attributes().new_tree(&mut random).unwrap().current();
                    body["userName"] = format!("new{round}{order:?}{count}").into();
                    let person = a_user_with(&format!("new{round}{order:?}{count}"), body);
                    acme.add_person(&person).unwrap();
                    let more = vec![("displayName", fold(&person.facts.display_name).into())];
                    let row = seen(&person.document.text, ResourceType::user(), person.id.0, 1, THEN.0, more);
                    there.push((person.id, row.clone()));
                    known.push((person.id, row));
                    // Every other time the last of the page goes, which the cursor names.
                    let goes = match page.last() {
                        Some(last) if count % 2 == 0 => *last,
                        _ => there[number(&mut random, 0..there.len() as u64) as usize].0,
                    };
                    acme.write(move |tx, org| tx.delete_user(org, goes, THEN));
                    there.retain(|(id, _)| *id != goes);
                    gone.insert(goes);
                });
            let met: BTreeSet<UserId> = walked.iter().copied().collect();
            assert_eq!(met.len(), walked.len(), "{by} {order:?}: nobody twice");
            let stayed: BTreeSet<UserId> = begin.difference(&gone).copied().collect();
            assert!(stayed.is_subset(&met), "{by} {order:?}: everybody who was there all along");
            let wanted: Vec<UserId> =
                expected(&known, sort.as_ref()).into_iter().filter(|id| met.contains(id)).collect();
            assert_eq!(walked, wanted, "{by} {order:?}: in order");
        }
    }
}

// scim: 180
pub(crate) fn a_cursor_goes_with_a_filter(subject: &mut Subject) {
    let acme = subject.acme();
    let mut random = runner(1);
    let rows = a_mixed_crowd(&acme, &mut random, 40);
    for filter in [
        "active eq true",
        r#"meta.lastModified gt "2026-01-02T00:00:00Z""#,
        r#"emails.value eq "a" or title pr"#,
        r#"not (nickName pr)"#,
        "groups pr",
    ] {
        let filter = resolved(filter, ResourceType::user());
        let matching: Vec<_> = rows.iter().filter(|(_, seen)| filter.matches(seen)).cloned().collect();
        for by in ["id", "title", "userName", "externalId"] {
            for order in ORDERS {
                let sort = sort_of(by, order, ResourceType::user());
                let wanted = expected(&matching, sort.as_ref());
                let query = ResourceQuery { filter: Some(filter.clone()), ..in_order(sort) };
                let walked = walk(&acme, &query, &mut || number(&mut random, 1..9), &mut |_| {});
                assert_eq!(walked, wanted, "{filter:?} {by} {order:?}");
            }
        }
    }
}

// scim: 187
pub(crate) fn a_value_too_long_for_a_cursor_is_passed_by_number(subject: &mut Subject) {
    let acme = subject.acme();
    let rows: Vec<_> = (0..9)
        .map(|n| {
            let title = format!("{}{}", "x".repeat(if n % 2 == 0 { 2000 } else { 2 }), n / 3);
            let person = acme.person_with(&format!("p{n}"), json!({"title": title}));
            (person.id, json!({"title": title}).as_object().unwrap().clone())
        })
        .collect();
    for order in ORDERS {
        let sort = sort_of("title", order, ResourceType::user());
        let wanted = expected(&rows, sort.as_ref());
        for size in 1..5 {
            let walked = walk(&acme, &in_order(sort.clone()), &mut || size, &mut |_| {});
            assert_eq!(walked, wanted, "{order:?} by {size}");
        }
        let first = |count| ResourceQuery { start: PageStart::Cursor(None), count, ..in_order(sort.clone()) };
        let lengths = (1..9).map(|count| people(&acme, first(count)).next.unwrap());
        let passed = lengths.filter(|next| matches!(next, Position::Offset(_))).count();
        assert!(passed > 0, "{order:?}");
    }
}

pub(crate) fn a_place_that_no_page_gave_out_is_followed_by_nobody(subject: &mut Subject) {
    let acme = subject.acme();
    acme.person("ada");
    let nil = Uuid::nil().to_string();
    for (by, id, key, found) in [
        ("", nil.as_str(), None, 1),
        ("", "not-an-id", None, 0),
        ("", "", None, 0),
        ("", nil.as_str(), Some("\"a\""), 0),
        ("active", nil.as_str(), Some("\"yes\""), 0),
        ("active", nil.as_str(), Some("not json"), 0),
        ("title", nil.as_str(), None, 1),
        ("title", "1", Some("\"a\""), 0),
    ] {
        let sort = if by.is_empty() { None } else { sort_of(by, SortOrder::Ascending, ResourceType::user()) };
        let position = Position::After { id: id.to_owned(), key: key.map(str::to_owned) };
        let query = ResourceQuery { start: PageStart::Cursor(Some(position)), ..in_order(sort) };
        let ResourcePage { total, items, next } = people(&acme, query);
        assert_eq!((total, items.len(), next), (None, found, None), "{by} {id} {key:?}");
    }
    let behind = PageStart::Cursor(Some(Position::Offset(u64::MAX)));
    assert_eq!(people(&acme, ResourceQuery { start: behind, ..in_order(None) }).items, []);
    let none = ResourceQuery { start: PageStart::Cursor(None), count: 0, ..ResourceQuery::default() };
    assert_eq!(people(&acme, none), ResourcePage { total: Some(1), items: vec![], next: None });
}

// --- By position ---

/// A person with an id of our choice.
fn numbered(id: u128) -> User {
    User { id: UserId(Uuid::from_u128(id)), ..a_user(&format!("p{id}")) }
}

fn insert(world: &World, ids: Vec<u128>) {
    world.write(move |tx, org| {
        for id in &ids {
            insert_user(tx, org, &numbered(*id))?;
        }
        Ok(())
    });
}

/// Looks at pages everywhere, and at both edges of each block.
fn pages_agree(world: &World, there: &BTreeSet<u128>, random: &mut TestRunner, what: &str) {
    let all: Vec<UserId> = there.iter().map(|id| UserId(Uuid::from_u128(*id))).collect();
    let mut starts: Vec<u64> = vec![0, 1, 2, all.len() as u64, all.len() as u64 + 1, u64::MAX];
    starts.extend((1..all.len() as u64 / 256).map(|n| n * 256 + 1));
    starts.extend((0..20).map(|_| number(random, 1..all.len() as u64 + 10)));
    for start in starts {
        let count = number(random, 0..70);
        let found = people(world, page(None, start, count));
        let skip = usize::try_from(start.saturating_sub(1)).unwrap_or(usize::MAX);
        let wanted: Vec<UserId> = all.iter().copied().skip(skip).take(count as usize).collect();
        assert_eq!(found.items, wanted, "{what}: {start}, {count}");
        assert_eq!(found.total, Some(all.len() as u64), "{what}");
    }
    let counted = world.read(|tx, org| tx.count_users(org, &UserFilter::default()));
    assert_eq!(counted, all.len() as u64, "{what}");
}

// scim: 125, 128
pub(crate) fn pages_by_position_agree_with_the_rows_whoever_came_and_went(subject: &mut Subject) {
    let acme = subject.acme();
    let mut random = runner(1);
    let mut there = BTreeSet::new();
    let come = |ids: Vec<u128>, there: &mut BTreeSet<u128>| {
        there.extend(&ids);
        insert(&acme, ids);
    };
    pages_agree(&acme, &there, &mut random, "nobody yet");
    come((0..2500).map(|n| 1_000_000 + n * 100).collect(), &mut there);
    pages_agree(&acme, &there, &mut random, "upwards");
    come((0..1500).map(|n| 900_000 - n * 100).collect(), &mut there);
    pages_agree(&acme, &there, &mut random, "downwards");
    // Those there so far stand a hundred apart; these come between, upwards, within a stretch of one block.
    come((0..1500).map(|n| 1_050_000 + n / 99 * 100 + n % 99 + 1).collect(), &mut there);
    pages_agree(&acme, &there, &mut random, "into the midst");
    let anywhere: BTreeSet<u128> =
        (0..1500).map(|_| u128::from(number(&mut random, 500_000..1_500_000))).collect();
    come(anywhere.difference(&there).copied().collect(), &mut there);
    pages_agree(&acme, &there, &mut random, "anywhere");
    // Whole blocks go, and rows here and there.
    let stretch: Vec<u128> = there.iter().copied().skip(1000).take(2600).collect();
    let scattered: Vec<u128> = there.iter().copied().filter(|id| id % 3 == 0).collect();
    let gone: BTreeSet<u128> = stretch.into_iter().chain(scattered).collect();
    there.retain(|id| !gone.contains(id));
    acme.write(move |tx, org| {
        for id in &gone {
            tx.delete_user(org, UserId(Uuid::from_u128(*id)), THEN)?;
        }
        // Whoever is gone cannot go once more.
        tx.delete_user(org, UserId(Uuid::from_u128(*gone.first().unwrap())), THEN)
    });
    pages_agree(&acme, &there, &mut random, "with gaps");
    come((0..1200).map(|n| 2_000_000 + n).collect(), &mut there);
    pages_agree(&acme, &there, &mut random, "at the end again");
    let everybody: Vec<u128> = there.iter().copied().collect();
    acme.write(move |tx, org| {
        everybody.iter().try_for_each(|id| tx.delete_user(org, UserId(Uuid::from_u128(*id)), THEN))
    });
    there.clear();
    pages_agree(&acme, &there, &mut random, "nobody any more");
    // One organisation's blocks are not another's.
    insert(&subject.org("globex"), vec![7]);
    pages_agree(&acme, &there, &mut random, "nobody here");
}

pub(crate) fn a_refused_person_takes_no_position(subject: &mut Subject) {
    let acme = subject.acme();
    let (first, twin) = (numbered(1), User { id: UserId(Uuid::from_u128(2)), ..numbered(1) });
    acme.write(move |tx, org| {
        insert_user(tx, org, &first)?;
        assert!(matches!(insert_user(tx, org, &twin), Err(StoreError::Taken(_))));
        insert_user(tx, org, &numbered(3))
    });
    pages_agree(&acme, &BTreeSet::from([1, 3]), &mut runner(1), "two of three");
}

pub(crate) fn a_group_takes_a_position_when_it_is_pushed(subject: &mut Subject) {
    let acme = subject.acme();
    let shown = |world: &World| {
        let found = groups(world, page(None, 1, 100));
        assert_eq!(found.total, Some(found.items.len() as u64));
        found.items
    };
    let (staff, waiting) = (acme.group("Staff"), a_waiting_group("Sales"));
    acme.add_group(&waiting).unwrap();
    assert_eq!(shown(&acme), [staff.id]);
    let connect = |group: &Group, connection| {
        let group = group.clone();
        acme.write(move |tx, org| {
            tx.update_group(org, group.id, connection, &group.facts, &written_group(&group), 2, THEN)
        });
    };
    connect(&waiting, Some(the_connection()));
    assert_eq!(shown(&acme), sorted(vec![staff.id, waiting.id]));
    connect(&waiting, Some(the_connection()));
    assert_eq!(shown(&acme).len(), 2);
    connect(&staff, None);
    assert_eq!(shown(&acme), [waiting.id]);
    for id in [staff.id, waiting.id, waiting.id] {
        acme.write(move |tx, org| tx.delete_group(org, id));
    }
    assert_eq!(shown(&acme), []);
}

pub(crate) fn groups_by_position_pass_over_those_that_wait(subject: &mut Subject) {
    let acme = subject.acme();
    let all = sorted((0..1500).map(|n| a_group(&format!("g{n}")).id).collect::<Vec<_>>());
    acme.write(|tx, org| {
        for n in 0..1500 {
            insert_group(tx, org, &a_group(&format!("g{n}")))?;
            if n % 5 == 0 {
                insert_group(tx, org, &a_waiting_group(&format!("g{n}")))?;
            }
        }
        Ok(())
    });
    for start in [1, 2, 500, 1023, 1024, 1025, 1499, 1500, 1501] {
        let found = groups(&acme, page(None, start, 40));
        let wanted: Vec<_> = all.iter().copied().skip(start as usize - 1).take(40).collect();
        assert_eq!((found.items, found.total), (wanted, Some(1500)), "from {start}");
    }
}
