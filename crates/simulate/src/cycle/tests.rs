//! Many companies over many cycles: what must hold for any seed.

use super::*;
use crate::dialect::{Dialect, entra, okta, strict};
use crate::directory::Person;
use crate::intent::{Change, Subject};

const SIZES: [Size; 4] = [
    Size { users: 1, groups: 0 },
    Size { users: 2, groups: 1 },
    Size { users: 40, groups: 8 },
    Size { users: 150, groups: 40 },
];

fn all_habits() -> [Habits; 3] {
    let entra = entra::Entra { roles: entra::RolesMapping::Single, conformance: entra::Conformance::Legacy };
    [entra.habits(), okta::Okta.habits(), strict::Strict.habits()]
}

/// Calls `check` with each company after each of its cycles.
fn for_each_cycle(mut check: impl FnMut(&Habits, &Directory, &Cycle, &Directory)) {
    for habits in all_habits() {
        for size in SIZES {
            for seed in 0..4 {
                let mut company = Company::new(seed, "", habits);
                let cycle = company.first_cycle(size);
                check(&habits, &Directory::default(), &cycle, &company.directory);
                for _ in 0..6 {
                    let before = company.directory.clone();
                    let cycle = company.next_cycle();
                    check(&habits, &before, &cycle, &company.directory);
                }
            }
        }
    }
}

#[test]
fn the_same_seed_lets_the_same_happen_and_another_seed_something_else() {
    let story = |seed| {
        let mut company = Company::new(seed, "", all_habits()[0]);
        let size = Size { users: 50, groups: 10 };
        [company.first_cycle(size), company.next_cycle(), company.next_cycle(), company.next_cycle()]
    };
    assert_eq!(story(1), story(1));
    assert_ne!(story(1), story(2));
}

#[test]
fn applying_the_intents_phase_by_phase_gives_the_directory() {
    for_each_cycle(|_, before, cycle, after| {
        let mut model = before.clone();
        cycle.intents.iter().for_each(|intent| model.apply(intent));
        assert_eq!(&model, after);
    });
}

#[test]
fn the_order_within_a_phase_does_not_matter() {
    for_each_cycle(|_, before, cycle, after| {
        let mut model = before.clone();
        for phase in Phase::ALL {
            cycle.of(phase).into_iter().rev().for_each(|intent| model.apply(intent));
        }
        assert_eq!(&model, after);
    });
}

#[test]
fn a_resource_has_at_most_one_intent_in_a_phase() {
    for_each_cycle(|_, _, cycle, _| {
        for phase in Phase::ALL {
            let subjects: Vec<Subject> = cycle.of(phase).iter().map(|intent| intent.subject()).collect();
            let distinct: BTreeSet<Subject> = subjects.iter().copied().collect();
            assert_eq!(distinct.len(), subjects.len(), "{phase:?} of {cycle:?}");
        }
    });
}

#[test]
fn nobody_is_managed_by_somebody_inactive_or_later() {
    for_each_cycle(|_, _, _, after| {
        for (person, record) in &after.people {
            if let Some(manager) = record.manager {
                assert!(manager < *person && after.people[&manager].active, "{person:?} has {manager:?}");
            }
        }
    });
}

#[test]
fn members_exist_and_names_are_unique() {
    for_each_cycle(|_, _, _, after| {
        let names: BTreeSet<&str> = after.people.values().map(|person| person.user_name.as_str()).collect();
        assert_eq!(names.len(), after.people.len());
        let groups: BTreeSet<&str> = after.groups.values().map(|group| group.display_name.as_str()).collect();
        assert_eq!(groups.len(), after.groups.len());
        for group in after.groups.values() {
            assert!(group.members.iter().all(|member| after.people.contains_key(member)));
        }
    });
}

#[test]
fn nobody_does_what_their_identity_provider_never_does() {
    for_each_cycle(|habits, _, cycle, after| {
        for intent in &cycle.intents {
            match intent {
                Intent::Delete { .. } => assert!(habits.deletes_people),
                Intent::Update { changes, .. } if changes.contains(&Change::Title(None)) => {
                    assert!(habits.clears_attributes);
                }
                Intent::Deactivate { person } if habits.leavers_leave_groups => {
                    assert_eq!(after.groups_of(*person).count(), 0);
                }
                _ => {}
            }
        }
    });
}

#[test]
fn everything_that_can_happen_happens_within_a_few_cycles() {
    let mut company = Company::new(1, "", all_habits()[2]);
    let mut seen = BTreeSet::new();
    let mut see = |cycle: Cycle| {
        for intent in &cycle.intents {
            let text = format!("{intent:?}");
            seen.insert(text.split([' ', '{']).next().expect("a name").to_owned());
            for change in
                ["UserName", "Title(None)", "Department", "Phone", "Roles", "renamed: Some", "WholeSet"]
            {
                if text.contains(change) {
                    seen.insert(change.to_owned());
                }
            }
        }
    };
    see(company.first_cycle(Size { users: 100, groups: 10 }));
    for _ in 0..6 {
        see(company.next_cycle());
    }
    for expected in [
        "Join",
        "Update",
        "SetManager",
        "Deactivate",
        "Reactivate",
        "Delete",
        "Found",
        "Regroup",
        "Dissolve",
        "UserName",
        "Title(None)",
        "Department",
        "Phone",
        "Roles",
        "renamed: Some",
        "WholeSet",
    ] {
        assert!(seen.contains(expected), "{expected} never happened; {seen:?}");
    }
}

#[test]
fn a_wrong_filter_loses_that_share_of_the_active_people_and_changes_nobody_else() {
    for habits in all_habits() {
        let mut company = Company::new(5, "", habits);
        company.first_cycle(Size { users: 50, groups: 4 });
        let before = company.directory.clone();
        let cycle = company.lose(60);
        let lost = cycle.intents.iter().filter(|intent| matches!(intent, Intent::Deactivate { .. })).count();
        assert_eq!(lost, 30);
        for (person, record) in &company.directory.people {
            let active = record.active;
            let then = Person { active: true, ..record.clone() };
            assert_eq!(before.people[person], then);
            assert!(
                active || !habits.leavers_leave_groups || company.directory.groups_of(*person).count() == 0
            );
        }
    }
}

#[test]
fn a_deleted_persons_user_name_is_given_out_again() {
    let mut company = Company::new(3, "", all_habits()[2]);
    company.first_cycle(Size { users: 200, groups: 2 });
    let mut deleted = BTreeSet::new();
    let mut hired_again = 0;
    for _ in 0..8 {
        let before = company.directory.clone();
        for intent in company.next_cycle().intents {
            match intent {
                Intent::Join { record, .. } if deleted.contains(&record.user_name) => hired_again += 1,
                Intent::Delete { person } => {
                    deleted.insert(before.people[&person].user_name.clone());
                }
                _ => {}
            }
        }
    }
    assert!(hired_again > 0);
}
