//! Everybody's access compared with what it follows from, and put right. Since each change does that for those whom it
//! concerns, nothing should differ.

use super::Act;
use crate::{
    ids::UserId,
    ports::{Recomputed, Scope, Slice, StoreResult, Tx, UserFilter},
};

/// So many people in one unit of work.
const PAGE: u32 = 500;

/// What a comparison came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Reconciled {
    /// How many people were looked at.
    pub people: u64,
    /// What differed, and does not any more.
    pub changed: Recomputed,
}

impl Reconciled {
    /// How many memberships and roles differed.
    pub fn differences(&self) -> u64 {
        let Recomputed { joined, changed, left, roles } = self.changed;
        joined + changed + left + roles
    }

    /// Adds what another page came to.
    pub fn add(&mut self, other: Self) {
        self.people += other.people;
        self.changed.joined += other.changed.joined;
        self.changed.changed += other.changed.changed;
        self.changed.left += other.changed.left;
        self.changed.roles += other.changed.roles;
    }
}

/// A page of people, after `after`. Answers where the next one begins, if there is one.
pub fn page(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    after: Option<UserId>,
) -> StoreResult<(Reconciled, Option<UserId>)> {
    let people = tx.list_users(act.org, &UserFilter::default(), Slice { after, limit: PAGE })?;
    let ids: Vec<UserId> = people.iter().map(|person| person.id).collect();
    let next = ids.last().copied().filter(|_| ids.len() == PAGE as usize);
    let mut done = Reconciled { people: ids.len() as u64, ..Reconciled::default() };
    if !ids.is_empty() {
        done.changed = tx.recompute(act.org, &act.cause, &Scope::Users(ids))?;
    }
    Ok((done, next))
}

/// Everybody in one unit of work, for a plan.
pub fn everybody(tx: &mut dyn Tx, act: &Act<'_>) -> StoreResult<Reconciled> {
    let (mut all, mut after) = (Reconciled::default(), None);
    loop {
        let (done, next) = page(tx, act, after)?;
        all.add(done);
        match next {
            Some(_) => after = next,
            None => return Ok(all),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{records::User, testing::*};

    #[test]
    fn everybody_is_looked_at_once_page_by_page() {
        let people: Vec<User> = (0..=PAGE).map(|number| a_user(&format!("p{number}"))).collect();
        let (first, last) = (people[..PAGE as usize].to_vec(), people[PAGE as usize].clone());
        let end = first[PAGE as usize - 1].id;
        let mut tx = MockTx::new();
        let pages = (first, vec![last.clone()]);
        tx.expect_list_users().times(2).returning(move |_, _, slice| match slice.after {
            None => Ok(pages.0.clone()),
            Some(after) if after == end => Ok(pages.1.clone()),
            Some(other) => panic!("asked to go on after {other}"),
        });
        tx.expect_recompute()
            .times(2)
            .returning(|_, _, _| Ok(Recomputed { left: 1, ..Recomputed::default() }));
        let done = everybody(&mut tx, &an_act()).unwrap();
        assert_eq!((done.people, done.differences()), (u64::from(PAGE) + 1, 2));
    }
}
