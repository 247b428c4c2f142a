use super::*;
use crate::{
    effect::Fact,
    ports::PersonName,
    role::WorkspaceRole,
    testing::{MockTx, NOW, a_workspace, an_act, user_id},
};

/// A store in which a change makes two people join Sales, and removes a workspace.
fn a_store_in_which_something_happens() -> MockTx {
    let mut tx = MockTx::new();
    let sales = a_workspace("Sales").id;
    let mut people = [user_id("ada"), user_id("grace")];
    people.sort();
    tx.expect_effects_of().returning(move |_, _, each| {
        let effect = |user, old, new| Effect { user, workspace: Some(sales), old, new };
        each(effect(people[0], None, Some(10)));
        each(effect(people[1], Some(30), None));
        Ok(())
    });
    tx.expect_facts_of().returning(move |_, _, each| {
        let fact = Fact {
            kind: "workspace.deleted".into(),
            at: NOW,
            user: None,
            group: None,
            workspace: Some(sales),
            mapping: None,
            old: None,
            new: None,
            subject: Some("Sales".into()),
            changed: None,
        };
        each(fact);
        Ok(())
    });
    tx.expect_names_of().returning(|_, users, _| {
        let somebody = PersonName { user_name: "somebody".into(), email: None };
        let users = users.iter().map(|id| (*id, somebody.clone())).collect();
        Ok(Names { users, ..Names::default() })
    });
    tx
}

fn tried(wish: Wish) -> Result<&'static str, Stopped<StoreError>> {
    run(&mut a_store_in_which_something_happens(), &an_act(), &wish, |_, _| Ok("done"))
}

fn planned(page: PlanPage) -> Plan {
    match tried(Wish::Plan(page)) {
        Err(Stopped::Planned(plan)) => *plan,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_plan_counts_names_and_stops() {
    let plan = planned(PlanPage { after: None, limit: 10 });
    let wanted = Counts { gains: 1, losses: 1, people: 2, workspaces: 1, ..Counts::default() };
    assert_eq!((plan.counts, plan.effects.len(), plan.next), (wanted, 2, None));
    assert_eq!(plan.effects[0].new, Some(WorkspaceRole::Member.rank()));
    assert_eq!(plan.names.user(user_id("ada")), Some("somebody"));
    assert_eq!(plan.also["workspace.deleted"], SideEffects { count: 1, names: vec!["Sales".into()] });
}

#[test]
fn the_pages_of_a_plan_follow_each_other() {
    let first = planned(PlanPage { after: None, limit: 1 });
    let place = first.next.expect("there is another page");
    let second = planned(PlanPage { after: Some((first.fingerprint, place)), limit: 1 });
    assert_eq!((second.effects.len(), second.next), (1, None));
    assert_ne!(first.effects, second.effects);
    assert_eq!(first.counts, second.counts);
}

#[test]
fn a_change_is_done_as_planned_or_not_at_all() {
    let fingerprint = planned(PlanPage { after: None, limit: 1 }).fingerprint;
    assert!(matches!(tried(Wish::Do), Ok("done")));
    assert!(matches!(tried(Wish::DoAsPlanned(fingerprint)), Ok("done")));
    let other = Fingerprint(fingerprint.0 + 1);
    assert!(matches!(tried(Wish::DoAsPlanned(other)), Err(Stopped::Moved { now, planned })
        if (now, planned) == (fingerprint, other)));
    let place = Place { user: user_id("ada"), workspace: None };
    let page = PlanPage { after: Some((other, place)), limit: 1 };
    assert!(matches!(tried(Wish::Plan(page)), Err(Stopped::Moved { .. })));
}

#[test]
fn what_cannot_be_done_has_no_plan() {
    let page = PlanPage { after: None, limit: 1 };
    let failed = run(&mut MockTx::new(), &an_act(), &Wish::Plan(page), |_, _| {
        Err::<(), _>(StoreError::Failed("it cannot be".into()))
    });
    assert!(matches!(failed, Err(Stopped::Failed(_))));
}

#[test]
fn a_plan_makes_the_same_ids_each_time_and_keeps_none_from_others() {
    let ids = |wish: Wish| {
        let (mut tx, mut made) = (a_store_in_which_something_happens(), Vec::new());
        let _ = run(&mut tx, &an_act(), &wish, |_, act| {
            made.extend([act.ids.next(), act.ids.next()]);
            Ok::<_, StoreError>(())
        });
        made
    };
    let page = || Wish::Plan(PlanPage { after: None, limit: 1 });
    assert_eq!(ids(page()), ids(page()));
    assert!(ids(Wish::Do).into_iter().max() < ids(page()).into_iter().min());
}
