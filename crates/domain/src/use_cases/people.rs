//! Whom a request means: by the id, by the application's own, or by one from before two people were made one.
//!
//! An `app_id` is no id of ours but where an application's id became one, so there is no doubt between them; and an id that
//! somebody has is theirs before it is anybody's former one.

use rolecall_scim::index::fold;

use crate::{
    ids::{OrgId, UserId},
    ports::{ReadTx, StoreResult},
    records::User,
};

/// The person of that id. One question where it is the SCIM id, as it mostly is.
pub fn find(tx: &mut (impl ReadTx + ?Sized), org: OrgId, given: &str) -> StoreResult<Option<User>> {
    let id = UserId::parse(given);
    if let Some(id) = id
        && let Some(user) = tx.find_user(org, id)?
    {
        return Ok(Some(user));
    }
    match by_other_id(tx, org, given, id)? {
        Some(id) => tx.find_user(org, id),
        None => Ok(None),
    }
}

/// The person of that id, or else of that `userName`.
pub fn find_or_by_name(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    given: &str,
) -> StoreResult<Option<User>> {
    match find(tx, org, given)? {
        Some(user) => Ok(Some(user)),
        None => tx.find_user_by_name(org, &fold(given)),
    }
}

/// The id under which the record knows them, be they there or gone.
pub fn find_ever(tx: &mut (impl ReadTx + ?Sized), org: OrgId, given: &str) -> StoreResult<Option<UserId>> {
    if let Some(user) = find_or_by_name(tx, org, given)? {
        return Ok(Some(user.id));
    }
    let id = UserId::parse(given);
    Ok(by_other_id(tx, org, given, id)?.or(id))
}

fn by_other_id(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    given: &str,
    id: Option<UserId>,
) -> StoreResult<Option<UserId>> {
    match (tx.find_by_app_id(org, given)?, id) {
        (Some(found), _) => Ok(Some(found)),
        (None, Some(former)) => tx.find_merged(org, former),
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{MockTx, ORG, a_user, user_id};

    #[test]
    fn a_person_is_found_by_the_id_the_applications_own_and_a_former_one_and_the_first_counts() {
        let mut tx = MockTx::new();
        tx.knows_user(&a_user("ada"));
        tx.expect_find_user().returning(|_, _| Ok(None));
        tx.expect_find_by_app_id().returning(|_, given| Ok((given == "E-17").then(|| user_id("ada"))));
        tx.expect_find_merged()
            .returning(|_, former| Ok((former == user_id("former")).then(|| user_id("ada"))));
        let mut found = |given: &str| find(&mut tx, ORG, given).unwrap().map(|user| user.id);
        for given in [user_id("ada").to_string(), user_id("former").to_string(), "E-17".to_owned()] {
            assert_eq!(found(&given), Some(user_id("ada")), "{given}");
        }
        assert_eq!((found("e-17"), found(&user_id("nobody").to_string())), (None, None));
    }

    #[test]
    fn who_is_gone_is_known_by_the_id_that_the_record_knows() {
        let mut tx = MockTx::new();
        tx.expect_find_user().returning(|_, _| Ok(None));
        tx.expect_find_by_app_id().returning(|_, _| Ok(None));
        tx.expect_find_user_by_name().returning(|_, _| Ok(None));
        tx.expect_find_merged()
            .returning(|_, former| Ok((former == user_id("former")).then(|| user_id("gone"))));
        let mut ever = |given: &str| find_ever(&mut tx, ORG, given).unwrap();
        assert_eq!(ever(&user_id("former").to_string()), Some(user_id("gone")));
        assert_eq!(ever(&user_id("gone").to_string()), Some(user_id("gone")));
        assert_eq!(ever("ada"), None);
    }
}
