//! What an intent does to the directory, seen from outside.

use super::*;
use crate::dialect::RolesPerPerson;
use crate::directory::invent::{self, Style};
use crate::intent::Regrouping;

fn company_of(people: u32) -> Directory {
    let mut rng = fastrand::Rng::with_seed(7);
    let style = Style { prefix: "t-".to_owned(), roles: RolesPerPerson::Several };
    let mut directory = Directory::default();
    let mut group = invent::everyone(&mut rng, &style);
    for key in (0..people).map(PersonKey) {
        directory.people.insert(key, invent::person(&mut rng, &style, key));
        group.members.insert(key);
    }
    directory.groups.insert(GroupKey(0), group);
    directory
}

#[test]
fn who_is_deactivated_stays_in_their_groups() {
    let mut directory = company_of(3);
    directory.apply(&Intent::Deactivate { person: PersonKey(1) });
    assert!(!directory.people[&PersonKey(1)].active);
    assert_eq!(directory.membership_count(), 3);
}

#[test]
fn who_is_deleted_is_in_no_group() {
    let mut directory = company_of(3);
    directory.apply(&Intent::Delete { person: PersonKey(1) });
    assert_eq!(directory.groups_of(PersonKey(1)).count(), 0);
    assert_eq!(directory.membership_count(), 2);
}

#[test]
fn a_group_renamed_keeps_its_members() {
    let mut directory = company_of(3);
    let regrouping = Regrouping { renamed: Some("All".to_owned()), ..Regrouping::default() };
    directory.apply(&Intent::Regroup { group: GroupKey(0), regrouping });
    assert_eq!(directory.groups[&GroupKey(0)].display_name, "All");
    assert_eq!(directory.membership_count(), 3);
}

#[test]
fn the_prefix_stands_before_everything_that_has_to_be_unique() {
    let directory = company_of(20);
    for person in directory.people.values() {
        assert!(person.user_name.starts_with("t-"), "{person:?}");
        assert!(person.email.starts_with("t-"), "{person:?}");
    }
    let mut rng = fastrand::Rng::with_seed(7);
    let style = Style { prefix: "t-".to_owned(), roles: RolesPerPerson::One };
    for _ in 0..50 {
        let name = invent::group_name(&mut rng, &style, &BTreeSet::new());
        assert!(name.starts_with("t-") || name.starts_with("ws-t-"), "{name}");
    }
}
