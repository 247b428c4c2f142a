//! The document that auditors ask for.

use crate::{browser::Browser, world::World};

const DOCUMENT: &str = "/console/review/document";

#[test]
fn an_auditor_downloads_who_has_what_in_each_form_and_for_one_workspace() {
    let world = World::new();
    Browser::first_owner(&world.server);
    let mut eve = Browser::administrator(&world.server, "default", "auditor");
    let people = ["ann", "bob"].map(|name| world.person(name));
    world.group("ws-Sales-role-manager", &[&people[0], &people[1]]);
    world.group("ws-Support-role-member", &[&people[1]]);
    assert!(eve.page("/console/review").contains("Make the document"));

    let whole = eve.get(&format!("{DOCUMENT}?format=csv")).expect(200);
    assert!(whole.header("content-disposition").contains("access-review-default.csv"));
    assert_eq!(whole.text().matches("@acme.test").count(), 3, "{}", whole.text());
    // By name, as people call it.
    let sales = eve.get(&format!("{DOCUMENT}?format=json&workspace=Sal")).expect(200);
    assert_eq!(sales.json["totals"]["memberships"], 2, "{}", sales.text());
    let page = eve.get(DOCUMENT).expect(200);
    assert!(page.header("content-disposition").contains(".html") && page.text().contains("ann@acme.test"));

    let several = eve.get(&format!("{DOCUMENT}?workspace=S")).text();
    assert!(several.contains("sales, support"), "{several}");
    eve.get(&format!("{DOCUMENT}?workspace=nowhere")).expect(404);
    assert!(eve.get(&format!("{DOCUMENT}?at=someday")).text().contains("someday"));
}
