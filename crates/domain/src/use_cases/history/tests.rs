use super::*;
use crate::{
    event::Actor,
    history::CausedBy,
    ids::ChangeId,
    testing::{MockTx, NOW, ORG, THEN, a_user, an_act, user_id},
};
use uuid::Uuid;

fn a_tenure(user: UserId) -> Tenure {
    let from = CausedBy { at: THEN, change: ChangeId(Uuid::nil()), actor: Actor::Operator };
    Tenure { seq: 1, user, workspace: None, rank: 10, joined_at: THEN, from, to: None }
}

#[test]
fn a_person_who_is_there_is_not_forgotten_and_the_answer_says_what_to_do() {
    let mut tx = MockTx::new();
    tx.knows_user(&a_user("ada"));
    let refused = forget(&mut tx, &an_act(), &user_id("ada").to_string()).unwrap_err();
    assert_eq!(refused, HistoryError::StillThere { user: user_id("ada") });
    assert!(refused.to_string().contains("remove the person in the directory"), "{refused}");
}

#[test]
fn nobody_who_never_was_is_forgotten() {
    let mut tx = MockTx::new();
    tx.knows_nobody_else();
    tx.expect_find_user_by_name().returning(|_, _| Ok(None));
    tx.expect_tenures().returning(|_, _, _| Ok(Vec::new()));
    for given in [user_id("ada").to_string(), "ada".to_owned()] {
        assert_eq!(forget(&mut tx, &an_act(), &given), Err(HistoryError::UnknownUser { given }));
    }
}

#[test]
fn forgetting_erases_the_name_and_says_so_without_it() {
    let mut tx = MockTx::new();
    tx.knows_nobody_else();
    tx.expect_find_user_by_name().returning(|_, _| Ok(None));
    tx.expect_tenures().returning(|_, _, _| Ok(vec![a_tenure(user_id("ada"))]));
    // Who was made one with her is forgotten with her.
    tx.expect_former_ids().returning(|_, user| {
        Ok(vec![user_id("ada.l")].into_iter().filter(|_| user == user_id("ada")).collect())
    });
    for name in ["ada", "ada.l"] {
        tx.expect_forget_person()
            .withf(move |org, user| (*org, *user) == (ORG, user_id(name)))
            .returning(|_, _| Ok(()))
            .once();
    }
    let watched = tx.watch();
    forget(&mut tx, &an_act(), &user_id("ada").to_string()).unwrap();
    let told: Vec<_> =
        watched.events().into_iter().map(|event| (event.kind, event.user, event.subject)).collect();
    let forgotten = |name| (EventKind::UserForgotten, Some(user_id(name)), None);
    assert_eq!(told, [forgotten("ada.l"), forgotten("ada")]);
}

#[test]
fn a_day_is_asked_for_as_it_ended_and_a_span_whole() {
    let mut tx = MockTx::new();
    let day: Moment = "2026-03-01".parse().unwrap();
    let wanted = Wanted { at: Some(day), ..Wanted::default() };
    assert_eq!(query(&mut tx, ORG, &wanted).unwrap(), HistoryQuery::default().at(day.last));
    let wanted = Wanted { since: Some(day), until: Some(day), ..Wanted::default() };
    let found = query(&mut tx, ORG, &wanted).unwrap();
    assert_eq!((found.since, found.until), (Some(day.first), Some(day.last)));
    assert!(NOW < day.first);
}
