//! People and groups out of a random stream: the same seed gives the same company.

use std::collections::BTreeSet;

use fastrand::Rng;

use super::names::{DEPARTMENTS, FAMILY, FREE_GROUPS, GIVEN, TITLES, WORKSPACE_ROLES, WORKSPACES};
use super::{Group, Person, PersonKey};
use crate::dialect::RolesPerPerson;

/// Reserved for documentation (RFC 2606), so that no mail ever reaches anybody.
const DOMAIN: &str = "contoso.example";

/// What all inventions of one run share.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    /// Stands before every userName and group name, so that a run can take place next to real data.
    pub(crate) prefix: String,
    pub(crate) roles: RolesPerPerson,
}

/// A family name with the addresses that follow from it.
pub(crate) struct Naming {
    pub(crate) family_name: String,
    pub(crate) user_name: String,
    pub(crate) email: String,
}

/// Somebody new. The key makes their addresses unique.
pub(crate) fn person(rng: &mut Rng, style: &Style, key: PersonKey) -> Person {
    let given = pick(rng, &GIVEN);
    let naming = naming(rng, style, key, given.1);
    Person {
        external_id: external_id(rng, style),
        user_name: naming.user_name,
        given_name: given.0.to_owned(),
        family_name: naming.family_name,
        email: naming.email,
        title: Some(title(rng)),
        department: department(rng),
        employee_number: format!("E{:06}", key.0),
        phone: rng.bool().then(|| phone(rng)),
        roles: roles(rng, style.roles),
        manager: None,
        active: true,
    }
}

/// Another family name for somebody, as after a wedding.
pub(crate) fn rename(rng: &mut Rng, style: &Style, key: PersonKey, person: &Person) -> Naming {
    let address =
        GIVEN.iter().find(|(written, _)| *written == person.given_name).map_or("someone", |given| given.1);
    loop {
        let naming = naming(rng, style, key, address);
        if naming.family_name != person.family_name {
            return naming;
        }
    }
}

pub(crate) fn title(rng: &mut Rng) -> String {
    (*pick(rng, &TITLES)).to_owned()
}

pub(crate) fn department(rng: &mut Rng) -> String {
    (*pick(rng, &DEPARTMENTS)).to_owned()
}

pub(crate) fn phone(rng: &mut Rng) -> String {
    format!("+1 555 01{:02} {:04}", rng.u32(0..100), rng.u32(0..10_000))
}

/// Mostly `member`; `auditor` is a role that no server of ours knows, and `group` is Entra's helper role.
pub(crate) fn roles(rng: &mut Rng, per_person: RolesPerPerson) -> Vec<String> {
    let first = match rng.u32(0..100) {
        0..3 => "owner",
        3..15 => "admin",
        15..22 => "auditor",
        22..25 => "group",
        _ => "member",
    };
    let second = (per_person == RolesPerPerson::Several && rng.u32(0..5) == 0).then_some("reader");
    [Some(first), second].into_iter().flatten().map(str::to_owned).collect()
}

/// A group nobody is in yet, whose name is not among those `taken`.
pub(crate) fn group(rng: &mut Rng, style: &Style, taken: &BTreeSet<String>) -> Group {
    Group {
        external_id: external_id(rng, style),
        display_name: group_name(rng, style, taken),
        members: BTreeSet::new(),
    }
}

/// The group that everybody is in.
pub(crate) fn everyone(rng: &mut Rng, style: &Style) -> Group {
    Group {
        external_id: external_id(rng, style),
        display_name: format!("{}Everyone", style.prefix),
        members: BTreeSet::new(),
    }
}

/// A name after the pattern `ws-Sales-role-admin` in three of five cases, else a free one.
pub(crate) fn group_name(rng: &mut Rng, style: &Style, taken: &BTreeSet<String>) -> String {
    let prefix = &style.prefix;
    for attempt in 1_u32.. {
        // A large company has `Sales2`, `Sales3`, … beside `Sales`.
        let number = if attempt > 8 { (attempt / 8 + 1).to_string() } else { String::new() };
        let name = if rng.u32(0..5) < 3 {
            let workspace = pick(rng, &WORKSPACES);
            let role = pick(rng, &WORKSPACE_ROLES);
            format!("ws-{prefix}{workspace}{number}-role-{role}")
        } else {
            format!("{prefix}{}{number}", pick(rng, &FREE_GROUPS))
        };
        if !taken.contains(&name) {
            return name;
        }
    }
    unreachable!("the numbers do not end before a name is free")
}

/// In the form of Entra's object ids.
pub(crate) fn guid(rng: &mut Rng) -> String {
    shaped(rng.u128(..))
}

/// The id that a company gives somebody. Another prefix makes other ids from the same seed, so that two companies in
/// one organisation never meet.
fn external_id(rng: &mut Rng, style: &Style) -> String {
    const FNV_PRIME: u128 = 0x0100_0000_0000_0000_0000_013b;
    let mask =
        style.prefix.bytes().fold(0, |mask: u128, byte| (mask ^ u128::from(byte)).wrapping_mul(FNV_PRIME));
    shaped(rng.u128(..) ^ mask)
}

fn shaped(number: u128) -> String {
    let hex = format!("{number:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// One of `from`.
pub(crate) fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    &from[rng.usize(..from.len())]
}

fn naming(rng: &mut Rng, style: &Style, key: PersonKey, given: &str) -> Naming {
    let family = pick(rng, &FAMILY);
    let address = format!("{given}.{}{}@{DOMAIN}", family.1, key.0);
    Naming {
        family_name: family.0.to_owned(),
        user_name: format!("{}{}", style.prefix, address.to_lowercase()),
        email: format!("{}{address}", style.prefix),
    }
}
