//! What stands out in an organisation.

use rolecall_domain::{
    ports::{Sample, Scope},
    role::WorkspaceRole::{Admin, Manager},
    testing::{a_mapping_by_name, a_waiting_group},
};
use serde_json::json;

use super::world::{Subject, nested, user};

fn named(names: &[&str]) -> Sample {
    Sample { count: names.len() as u64, names: names.iter().map(|name| (*name).to_owned()).collect() }
}

pub(crate) fn what_stands_out_is_counted_and_named(subject: &mut Subject) {
    let acme = subject.acme();
    let workspace = acme.workspace("Sales");
    let (ada, _alan) = (acme.person("ada"), acme.person("alan"));
    acme.person_with("gone", json!({"active": false}));
    let (mapped, inner, empty) = (acme.group("Mapped"), acme.group("Inner"), acme.group("Empty"));
    acme.group("Idle");
    let waiting = a_waiting_group("Waiting");
    acme.add_group(&waiting).unwrap();
    for group in [&mapped, &empty, &waiting] {
        acme.mapping(group, &workspace, Manager);
    }
    acme.join(&mapped, &[nested(&inner)]);
    let (one, two) = (acme.group("ws-Sales-role-admin"), acme.group("ws-Sales-role-member"));
    for group in [&one, &two] {
        let by_name = a_mapping_by_name(group, &workspace, Admin);
        acme.write(move |tx, org| tx.insert_mapping(org, &by_name));
        acme.join(group, &[user(&ada)]);
    }
    acme.recompute(Scope::Groups(vec![one.id, two.id]));

    assert_eq!(
        acme.read(|tx, org| tx.groups_without_mapping(org, 9)),
        named(&["Idle"]),
        "Inner is in a mapped one"
    );
    let pair =
        ["ws-Sales-role-admin and ws-Sales-role-member", "ws-Sales-role-member and ws-Sales-role-admin"];
    let overlap = acme.read(|tx, org| tx.overlapping_groups(org, 9));
    assert!(overlap.count == 1 && pair.contains(&overlap.names[0].as_str()), "{overlap:?}");
    assert_eq!(acme.read(|tx, org| tx.mapped_and_never_pushed(org, 9)), named(&["Waiting"]));
    assert_eq!(acme.read(|tx, org| tx.mapped_and_empty(org, 9)), named(&["Empty"]));
    assert_eq!(acme.read(|tx, org| tx.people_in_no_workspace(org, 9, 100)), named(&["alan@acme.test"]));
    assert_eq!(acme.read(|tx, org| tx.unknown_roles(org, 9)), named(&[]));
    for n in 0..5 {
        let word = if n < 3 {
            "auditor"
        } else if n < 4 {
            "boss"
        } else {
            "owner"
        };
        acme.person_with(&format!("p{n}"), json!({"roles": [{"value": word}]}));
    }
    let found = acme.read(|tx, org| tx.unknown_roles(org, 9));
    let names = ["auditor (3 people)", "boss (1 person)"].map(str::to_owned).to_vec();
    assert_eq!(found, Sample { count: 4, names });
    for (limit, most, counted) in [(2, 100, (6, 2)), (2, 4, (4, 2)), (9, 6, (6, 6))] {
        let some = acme.read(move |tx, org| tx.people_in_no_workspace(org, limit, most));
        assert_eq!((some.count, some.names.len()), counted);
    }
}
