//! People brought in from a file: chosen, looked at, imported, without JavaScript.

use serde_json::json;

use crate::{
    browser::{Browser, read_aloud},
    forms::{Form, forms},
    support::Answer,
    world::World,
};

const IMPORT: &str = "/console/import";
const ADA: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

impl Browser<'_> {
    fn upload(&mut self, file: (&str, &[u8])) -> Answer {
        let token = self.form_token();
        self.post_parts(IMPORT, &[("form_token", &token)], Some(file), IMPORT)
    }

    /// Presses the button of a plan, with the file chosen again where the page asks for it.
    fn confirm(&mut self, plan: &str, file: Option<(&str, &[u8])>) -> Answer {
        let form = form_of_plan(plan);
        assert!(form.brings_file && form.action == IMPORT, "{form:?}");
        let fields: Vec<(&str, &str)> =
            form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = self.post_parts(&form.action, &fields, file, IMPORT);
        if answer.status == 303 { self.get(answer.header("location")) } else { answer }
    }
}

fn form_of_plan(plan: &str) -> Form {
    let all = forms(IMPORT, plan).into_iter();
    all.rev().find(|form| form.fields.iter().any(|(name, _)| name == "planned")).expect("a plan")
}

#[test]
fn a_file_is_looked_at_and_then_imported_and_its_example_works_as_it_is() {
    let world = World::new();
    world.workspace("Sales");
    world.workspace("Support");
    let mut ada = Browser::first_owner(&world.server);
    let page = ada.page(IMPORT);
    assert!(page.contains("Example as CSV") && page.contains("enctype=\"multipart/form-data\""), "{page}");
    let example = ada.get(&format!("{IMPORT}/example.csv")).expect(200);
    assert!(example.header("content-disposition").contains("people-example.csv"));
    let example = example.text();
    let plan = ada.upload(("people.csv", example.as_bytes())).expect(200).text();
    let read = read_aloud(&plan);
    for words in [
        "Import people.csv? Nothing is changed yet.",
        "People in it 2 New 2 Changed 0 As they are 0 Roles by hand 3",
        "Gain access 3",
        "ada@acme.example",
        "User created (2): ",
    ] {
        assert!(read.contains(words), "{words}\n{read}");
    }
    assert!(world.people_in("sales").is_empty(), "it was only planned");
    let done = ada.confirm(&plan, None).expect(200).text();
    assert!(done.contains("The file of 2 people is imported: 2 new, 0 changed, 3 roles by hand."), "{done}");
    assert_eq!(world.people_in("sales"), ["ada: admin", "grace: member"]);
    assert_eq!(world.org_role(ADA), "owner");
    let who = world.server.admin("GET", "/v1/events?limit=200", None).expect(200).json;
    let made = who["data"].as_array().unwrap().iter().find(|event| event["type"] == "user.created").unwrap();
    assert_eq!(made["cause"]["by"]["type"], "administrator", "{made}");

    // The JSON example says the same of the same people, so that nothing is left to change.
    let example = ada.get(&format!("{IMPORT}/example.json")).expect(200).text();
    let plan = ada.upload(("people.json", example.as_bytes())).expect(200).text();
    assert!(read_aloud(&plan).contains("New 0 Changed 0 As they are 2 Roles by hand 0"), "{plan}");
}

#[test]
fn every_line_that_cannot_be_taken_is_told_with_its_number_and_nothing_is_imported() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let file =
        "user_name,email,workspaces\nann@acme.test,,\n,,\nbob@acme.test,nowhere,\ncy@acme.test,,attic\n";
    let answer = ada.upload(("people.csv", file.as_bytes())).expect(422).text();
    let read = read_aloud(&answer);
    for words in [
        "3 lines cannot be taken Nothing was imported.",
        "3 user_name is missing",
        "4 email `nowhere` is no address",
        "5 workspace `attic` does not exist; make it first",
    ] {
        assert!(read.contains(words), "{words}\n{read}");
    }
    assert_eq!(world.server.admin("GET", "/v1/admin/users", None).json["total"], 0);
    for (file, why) in [
        (
            ("people.csv", &b"user_name,shoe_size\nann@acme.test,39\n"[..]),
            "`shoe_size` is not a column of an import",
        ),
        (("people.csv", b"user_name\n"), "There is nobody in it"),
        (("people.csv", b"user_name\n\xe4nn@acme.test\n"), "is not UTF-8; save the file as \"CSV UTF-8\""),
        (("people.json", b"{\"persons\": []}"), "unknown field `persons`"),
        (("people.csv", b"  \n"), "Choose a file, or write its lines into the field."),
    ] {
        let answer = ada.upload(file).expect(422).text();
        assert!(answer.contains(&why.replace('"', "&quot;")), "{why}\n{answer}");
    }
    assert_eq!(world.server.admin("GET", "/v1/admin/users", None).json["total"], 0);
}

#[test]
fn lines_are_written_into_the_form_and_a_plan_that_holds_no_more_is_shown_anew() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let token = ada.form_token();
    let lines = "user_name,display_name\nann@acme.test,\"Ann\nof \"\"Sales\"\" <b>\"\n";
    let fields = [("form_token", token.as_str()), ("lines", lines)];
    let plan = ada.post_parts(IMPORT, &fields, None, IMPORT).expect(200).text();
    assert!(plan.contains("Import these lines?"), "{plan}");
    world.person("ann");
    let plan = ada.confirm(&plan, None).expect(200).text();
    assert!(
        plan.contains("Something has changed since you looked") && !plan.contains("User created"),
        "{plan}"
    );
    let done = ada.confirm(&plan, None).text();
    assert!(done.contains("The file of 1 person is imported: 0 new"), "{done}");
    // What cannot be taken stays in the field, to be put right.
    let fields = [("form_token", token.as_str()), ("lines", "user_name\n\nbob,bob\n")];
    let wrong = ada.post_parts(IMPORT, &fields, None, IMPORT).expect(422).text();
    assert!(wrong.contains("\nbob,bob") && wrong.contains("<details class=\"more\" open"), "{wrong}");
}

#[test]
fn a_large_file_is_chosen_again_and_imported_only_if_it_does_what_was_looked_at() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let padding = " ".repeat(1100 * 1024);
    let file = |name: &str| format!("user_name,display_name\n{name}@acme.test,{padding}\n").into_bytes();
    let plan = ada.upload(("people.csv", &file("ann"))).expect(200).text();
    assert!(plan.len() < 100_000, "the page does not carry the file");
    assert!(plan.contains("Choose people.csv again"), "{plan}");
    let other = ada.confirm(&plan, Some(("people.csv", &file("bob")))).expect(200).text();
    assert!(other.contains("Something has changed since you looked"), "{other}");
    assert_eq!(world.server.admin("GET", "/v1/admin/users", None).json["total"], 0);
    let done = ada.confirm(&plan, Some(("people.csv", &file("ann")))).text();
    assert!(done.contains("The file of 1 person is imported: 1 new"), "{done}");
    let huge = vec![b'x'; 32 * 1024 * 1024 + 1];
    let refused = ada.upload(("people.csv", &huge));
    let page = ada.get(refused.expect(303).header("location")).text();
    assert!(page.contains("The file is larger than 32 MiB"), "{page}");
    // No other form takes a file.
    let token = ada.form_token();
    let fields = [("form_token", token.as_str()), ("name", "Sales")];
    ada.post_parts("/console/workspaces", &fields, None, "/elsewhere").expect(422);
    assert_eq!(world.server.admin("GET", "/v1/admin/workspaces", None).json["data"], json!([]));
}
