//! What each dialect puts on the wire, request by request, in the shapes that the vendors publish.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::entra::{Conformance, Entra, RolesMapping};
use super::okta::Okta;
use super::strict::Strict;
use super::*;
use crate::directory::Directory;
use crate::exchange::{Answer, Method, Request};
use crate::fake::FakeServer;
use crate::intent;
use crate::links::Links;

const ADA: PersonKey = PersonKey(0);
const GRACE: PersonKey = PersonKey(1);
const SALES: GroupKey = GroupKey(0);

const LEGACY: Entra = Entra { roles: RolesMapping::Single, conformance: Conformance::Legacy };

/// A company of two people and one group, in which one thing after the other happens.
struct Scene<'d> {
    dialect: &'d dyn Dialect,
    server: FakeServer,
    links: Links,
    directory: Directory,
}

fn person(name: &str) -> Person {
    Person {
        external_id: format!("ext-{name}"),
        user_name: format!("{name}@contoso.example"),
        given_name: name.to_owned(),
        family_name: "Byron".to_owned(),
        email: format!("{name}@Contoso.example"),
        title: Some("Engineer".to_owned()),
        department: "Sales".to_owned(),
        employee_number: "E1".to_owned(),
        phone: None,
        roles: vec!["admin".to_owned()],
        manager: None,
        active: true,
    }
}

impl<'d> Scene<'d> {
    fn new(dialect: &'d dyn Dialect) -> Self {
        Self::on(FakeServer::default(), dialect)
    }

    fn on(server: FakeServer, dialect: &'d dyn Dialect) -> Self {
        Self { dialect, server, links: Links::default(), directory: Directory::default() }
    }

    /// Ada (u1) and Grace (u3) are there, and with them the group (g5) that Ada is in. Forgets what was said so far.
    fn settled(dialect: &'d dyn Dialect) -> Self {
        let mut scene = Self::new(dialect);
        scene.join(ADA, "ada");
        scene.join(GRACE, "grace");
        scene.found(&[ADA]);
        scene.server.transcript();
        scene
    }

    fn join(&mut self, key: PersonKey, name: &str) {
        self.say(Intent::Join { person: key, record: Box::new(person(name)) });
    }

    fn found(&mut self, members: &[PersonKey]) {
        let record = Group {
            external_id: "ext-sales".to_owned(),
            display_name: "ws-Sales-role-admin".to_owned(),
            members: members.iter().copied().collect(),
        };
        self.say(Intent::Found { group: SALES, record });
    }

    fn say(&mut self, intent: Intent) {
        self.directory.apply(&intent);
        let session = Session { wire: &self.server, links: &self.links, now: &self.directory };
        push(self.dialect, session, &intent).expect("the fake does as it is told");
    }

    /// What `intent` puts on the wire.
    fn said(&mut self, intent: Intent) -> Vec<(String, Value)> {
        self.server.transcript();
        self.say(intent);
        self.server.transcript()
    }

    fn id(&self, subject: Subject) -> String {
        self.links.id(subject).expect("a linked resource")
    }

    fn update(change: Change) -> Intent {
        Intent::Update { person: ADA, changes: vec![change] }
    }

    fn regroup(joined: &[PersonKey], left: &[PersonKey]) -> Regrouping {
        Regrouping {
            joined: joined.iter().copied().collect(),
            left: left.iter().copied().collect(),
            ..Regrouping::default()
        }
    }
}

fn lines(said: &[(String, Value)]) -> Vec<&str> {
    said.iter().map(|(line, _)| line.as_str()).collect()
}

fn operations(said: &[(String, Value)]) -> Value {
    let patches = said.iter().filter(|(line, _)| line.starts_with("PATCH"));
    patches.flat_map(|(_, body)| body["Operations"].as_array().cloned().expect("operations")).collect()
}

// Entra

#[test]
fn entra_tests_the_connection_with_a_random_id() {
    let scene = Scene::new(&LEGACY);
    let session = Session { wire: &scene.server, links: &scene.links, now: &scene.directory };
    LEGACY.connect(session, "3f2c").expect("connected");
    assert_eq!(
        lines(&scene.server.transcript()),
        [
            "GET /Users?filter=userName+eq+%223f2c%22",
            "GET /Groups?excludedAttributes=members&filter=displayName+eq+%223f2c%22"
        ]
    );
}

#[test]
fn entra_asks_before_it_creates_a_user() {
    let mut scene = Scene::new(&LEGACY);
    let said = scene.said(Intent::Join { person: ADA, record: Box::new(person("ada")) });
    assert_eq!(lines(&said), ["GET /Users?filter=userName+eq+%22ada%40contoso.example%22", "POST /Users"]);
    let expected = json!({
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "externalId": "ext-ada",
        "userName": "ada@contoso.example",
        "active": true,
        "displayName": "ada Byron",
        "emails": [{"primary": true, "type": "work", "value": "ada@Contoso.example"}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": "ada Byron", "familyName": "Byron", "givenName": "ada"},
        "roles": [{"primary": true, "type": "WindowsAzureActiveDirectoryRole", "display": "admin", "value": "admin"}],
        "title": "Engineer",
        ENTERPRISE_USER: {"department": "Sales", "employeeNumber": "E1"},
    });
    assert_eq!(said[1].1, expected);
}

#[test]
fn entra_disables_with_the_string_false_and_restores_with_true() {
    let mut scene = Scene::settled(&LEGACY);
    let said = scene.said(Intent::Deactivate { person: ADA });
    assert_eq!(lines(&said), ["GET /Users/u1", "PATCH /Users/u1"]);
    assert_eq!(said[1].1["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:PatchOp"]));
    assert_eq!(operations(&said), json!([{"op": "Replace", "path": "active", "value": "False"}]));
    let said = scene.said(Intent::Reactivate { person: ADA });
    assert_eq!(operations(&said), json!([{"op": "Replace", "path": "active", "value": "True"}]));
}

#[test]
fn entra_changes_one_attribute_per_operation() {
    let mut scene = Scene::settled(&LEGACY);
    let changes = vec![
        Change::Email("new@Contoso.example".to_owned()),
        Change::FamilyName("Hopper".to_owned()),
        Change::Department("Legal".to_owned()),
        Change::Phone("+1 555 0100".to_owned()),
        Change::Roles(vec!["owner".to_owned()]),
    ];
    let said = scene.said(Intent::Update { person: ADA, changes });
    let expected = json!([
        {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "new@Contoso.example"},
        {"op": "Replace", "path": "name.familyName", "value": "Hopper"},
        {"op": "Replace", "path": "name.formatted", "value": "ada Hopper"},
        {"op": "Replace", "path": "displayName", "value": "ada Hopper"},
        {"op": "Replace", "path": format!("{ENTERPRISE_USER}:department"), "value": "Legal"},
        {"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+1 555 0100"},
        {"op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "owner"},
    ]);
    assert_eq!(operations(&said), expected);
}

#[test]
fn entra_sends_json_text_for_each_role_of_the_assertive_mapping() {
    let assertive = Entra { roles: RolesMapping::Assertive, ..LEGACY };
    let mut scene = Scene::settled(&assertive);
    let said = scene.said(Scene::update(Change::Roles(vec!["admin".to_owned(), "reader".to_owned()])));
    let operation = &operations(&said)[0];
    assert_eq!((&operation["op"], &operation["path"]), (&json!("Replace"), &json!("roles")));
    let texts = operation["value"].as_array().expect("a list");
    assert_eq!(texts.len(), 2);
    let inner: BTreeMap<String, String> = serde_json::from_str(texts[0]["value"].as_str().unwrap()).unwrap();
    assert_eq!(inner.keys().collect::<Vec<_>>(), ["displayName", "id", "value"]);
    assert_eq!(inner["value"], "admin");
}

#[test]
fn entra_looks_for_a_manager_before_setting_one_as_a_bare_string() {
    let mut scene = Scene::settled(&LEGACY);
    let (ada, grace) = (scene.id(Subject::Person(ADA)), scene.id(Subject::Person(GRACE)));
    let said = scene.said(Intent::SetManager { person: GRACE, manager: Some(ADA) });
    let filter = format!("id eq \"{grace}\" and {ENTERPRISE_USER}:manager eq \"{ada}\"");
    assert_eq!(
        said[0].0,
        format!("GET /Users?filter={}&attributes=id", crate::exchange::encode_as_form(&filter))
    );
    let path = format!("{ENTERPRISE_USER}:manager");
    assert_eq!(operations(&said), json!([{"op": "Add", "path": path, "value": ada}]));
    let said = scene.said(Intent::SetManager { person: GRACE, manager: None });
    assert_eq!(operations(&said), json!([{"op": "Remove", "path": path}]));
}

#[test]
fn entra_creates_a_group_with_its_own_urn_and_adds_members_afterwards() {
    let mut scene = Scene::new(&LEGACY);
    scene.join(ADA, "ada");
    scene.server.transcript();
    scene.found(&[ADA]);
    let said = scene.server.transcript();
    let group = scene.id(Subject::Group(SALES));
    assert_eq!(
        lines(&said),
        [
            "GET /Groups?excludedAttributes=members&filter=displayName+eq+%22ws-Sales-role-admin%22",
            "POST /Groups",
            &format!("PATCH /Groups/{group}")
        ]
    );
    let expected = json!({
        "schemas": [CORE_GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "ext-sales",
        "displayName": "ws-Sales-role-admin",
        "meta": {"resourceType": "Group"},
    });
    assert_eq!(said[1].1, expected);
    assert_eq!(
        operations(&said),
        json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": "u1"}]}])
    );
}

#[test]
fn entra_removes_members_by_a_value_array_and_renames_apart() {
    let mut scene = Scene::settled(&LEGACY);
    let (group, grace) = (scene.id(Subject::Group(SALES)), scene.id(Subject::Person(GRACE)));
    let mut regrouping = Scene::regroup(&[GRACE], &[ADA]);
    regrouping.renamed = Some("Sales".to_owned());
    let said = scene.said(Intent::Regroup { group: SALES, regrouping });
    let patch = format!("PATCH /Groups/{group}");
    let read = format!("GET /Groups/{group}?excludedAttributes=members");
    assert_eq!(lines(&said), [&read, &patch, &patch, &patch]);
    let expected = json!([
        {"op": "Replace", "path": "displayName", "value": "Sales"},
        {"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "u1"}]},
        {"op": "Add", "path": "members", "value": [{"$ref": null, "value": grace}]},
    ]);
    assert_eq!(operations(&said), expected);
}

#[test]
fn entra_adds_many_members_in_several_patches() {
    let mut scene = Scene::new(&LEGACY);
    let people: Vec<PersonKey> = (0..250).map(PersonKey).collect();
    for key in &people {
        scene.join(*key, &format!("p{}", key.0));
    }
    scene.server.transcript();
    scene.found(&people);
    let said = scene.server.transcript();
    let sizes: Vec<usize> = operations(&said)
        .as_array()
        .unwrap()
        .iter()
        .map(|add| add["value"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [100, 100, 50]);
}

#[test]
fn entra_with_the_flag_speaks_closer_to_the_rfc() {
    let flagged = Entra { roles: RolesMapping::Single, conformance: Conformance::Flagged };
    let mut scene = Scene::settled(&flagged);
    let said = scene.said(Intent::Deactivate { person: ADA });
    assert_eq!(operations(&said), json!([{"op": "replace", "path": "active", "value": false}]));
    let changes = vec![
        Change::Email("new@Contoso.example".to_owned()),
        Change::FamilyName("Hopper".to_owned()),
        Change::Department("Legal".to_owned()),
    ];
    let said = scene.said(Intent::Update { person: ADA, changes });
    let expected = json!([
        {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@Contoso.example"},
        {"op": "replace", "value": {
            "name.familyName": "Hopper",
            "name.formatted": "ada Hopper",
            "displayName": "ada Hopper",
            format!("{ENTERPRISE_USER}:department"): "Legal",
        }},
    ]);
    assert_eq!(operations(&said), expected);
    let said = scene.said(Intent::Regroup { group: SALES, regrouping: Scene::regroup(&[], &[ADA]) });
    assert_eq!(operations(&said), json!([{"op": "remove", "path": "members[value eq \"u1\"]"}]));
}

#[test]
fn entra_deletes_and_is_content_when_it_is_gone_already() {
    let mut scene = Scene::settled(&LEGACY);
    scene.server.lose("/Users/u1");
    assert_eq!(lines(&scene.said(Intent::Delete { person: ADA })), ["DELETE /Users/u1"]);
    let group = scene.id(Subject::Group(SALES));
    let said = scene.said(Intent::Dissolve { group: SALES });
    assert_eq!(lines(&said), [format!("DELETE /Groups/{group}")]);
}

// Okta

#[test]
fn okta_looks_at_the_first_pages_when_it_connects() {
    let scene = Scene::new(&Okta);
    let session = Session { wire: &scene.server, links: &scene.links, now: &scene.directory };
    Okta.connect(session, "").expect("connected");
    assert_eq!(
        lines(&scene.server.transcript()),
        [
            "GET /Users?startIndex=1&count=2",
            "GET /Users?startIndex=1&count=100",
            "GET /Groups?startIndex=1&count=100"
        ]
    );
}

#[test]
fn okta_creates_a_user_with_password_locale_and_empty_groups() {
    let mut scene = Scene::new(&Okta);
    let said = scene.said(Intent::Join { person: ADA, record: Box::new(person("ada")) });
    let query = "GET /Users?filter=userName%20eq%20%22ada%40contoso.example%22&startIndex=1&count=100";
    assert_eq!(lines(&said), [query, "POST /Users"]);
    let expected = json!({
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "userName": "ada@contoso.example",
        "name": {"givenName": "ada", "familyName": "Byron"},
        "emails": [{"primary": true, "type": "work", "value": "ada@Contoso.example"}],
        "displayName": "ada Byron",
        "locale": "en-US",
        "externalId": "ext-ada",
        "active": true,
        "roles": ["admin"],
        "title": "Engineer",
        ENTERPRISE_USER: {"department": "Sales", "employeeNumber": "E1"},
        "groups": [],
        "password": "1mzE1",
    });
    assert_eq!(said[1].1, expected);
}

#[test]
fn okta_puts_back_what_it_read_with_its_changes() {
    let mut scene = Scene::settled(&Okta);
    scene.server.tamper("/Users/u1", |user| user["nickName"] = "Lovelace".into());
    let said = scene.said(Scene::update(Change::Title(None)));
    assert_eq!(lines(&said), ["GET /Users/u1", "PUT /Users/u1"]);
    let put = &said[1].1;
    assert_eq!((&put["id"], &put["nickName"]), (&json!("u1"), &json!("Lovelace")));
    assert!(put["meta"].is_object() && put["groups"].is_array() && put.get("title").is_none(), "{put}");
}

#[test]
fn okta_activates_and_deactivates_by_a_patch_without_a_path() {
    let mut scene = Scene::settled(&Okta);
    let said = scene.said(Intent::Deactivate { person: ADA });
    assert_eq!(lines(&said), ["PATCH /Users/u1"]);
    assert_eq!(operations(&said), json!([{"op": "replace", "value": {"active": false}}]));
}

#[test]
fn okta_creates_a_group_empty_and_pushes_its_members_as_a_whole() {
    let mut scene = Scene::new(&Okta);
    scene.join(ADA, "ada");
    scene.server.transcript();
    scene.found(&[ADA]);
    let said = scene.server.transcript();
    let query = "GET /Groups?filter=displayName%20eq%20%22ws-Sales-role-admin%22&startIndex=1&count=100";
    assert_eq!(lines(&said)[..2], [query, "POST /Groups"]);
    let expected = json!({"schemas": [CORE_GROUP], "displayName": "ws-Sales-role-admin", "members": []});
    assert_eq!(said[1].1, expected);
    let member = json!({"value": "u1", "display": "ada@contoso.example"});
    assert_eq!(operations(&said), json!([{"op": "replace", "path": "members", "value": [member]}]));
}

#[test]
fn okta_renames_removes_and_adds_in_one_patch() {
    let mut scene = Scene::settled(&Okta);
    let (group, grace) = (scene.id(Subject::Group(SALES)), scene.id(Subject::Person(GRACE)));
    let said = scene.said(Intent::Regroup { group: SALES, regrouping: Scene::regroup(&[GRACE], &[ADA]) });
    assert_eq!(lines(&said), [format!("PATCH /Groups/{group}")]);
    let expected = json!([
        {"op": "replace", "value": {"id": group, "displayName": "ws-Sales-role-admin"}},
        {"op": "remove", "path": "members[value eq \"u1\"]"},
        {"op": "add", "path": "members", "value": [{"value": grace, "display": "grace@contoso.example"}]},
    ]);
    assert_eq!(operations(&said), expected);
}

// Strict

#[test]
fn the_strict_client_reads_what_the_server_can_do_first() {
    let scene = Scene::new(&Strict);
    let session = Session { wire: &scene.server, links: &scene.links, now: &scene.directory };
    Strict.connect(session, "3f2c").expect("connected");
    assert_eq!(
        lines(&scene.server.transcript()),
        [
            "GET /ServiceProviderConfig",
            "GET /ResourceTypes",
            "GET /Schemas",
            "GET /Users?filter=userName%20eq%20%223f2c%22"
        ]
    );
}

#[test]
fn the_strict_client_changes_only_the_version_that_it_knows() {
    let mut scene = Scene::settled(&Strict);
    scene.say(Scene::update(Change::Title(None)));
    let request = scene.server.seen.lock().last().cloned().expect("a request");
    assert_eq!(request.method, Method::Patch);
    assert!(request.if_match.is_some());
    assert_eq!(request.body.expect("a body")["Operations"], json!([{"op": "remove", "path": "title"}]));
}

#[test]
fn the_strict_client_reads_again_when_somebody_else_was_faster() {
    let mut scene = Scene::settled(&Strict);
    scene.server.tamper("/Users/u1", |user| user["meta"]["version"] = "W/\"other\"".into());
    let said = scene.said(Intent::Deactivate { person: ADA });
    let expected = ["PATCH /Users/u1", "GET /Users/u1?excludedAttributes=members", "PATCH /Users/u1"];
    assert_eq!(lines(&said), expected);
    assert_eq!(scene.server.get("/Users/u1").expect("ada")["active"], json!(false));
}

#[test]
fn the_strict_client_puts_a_renamed_user_with_their_manager() {
    let mut scene = Scene::settled(&Strict);
    let grace = format!("/Users/{}", scene.id(Subject::Person(GRACE)));
    scene.say(Intent::SetManager { person: GRACE, manager: Some(ADA) });
    let changes = vec![Change::UserName("grace.hopper@contoso.example".to_owned())];
    let said = scene.said(Intent::Update { person: GRACE, changes });
    assert_eq!(lines(&said), [format!("PUT {grace}")]);
    assert_eq!(said[0].1[ENTERPRISE_USER]["manager"], json!({"value": "u1"}));
    assert!(said[0].1.get("id").is_none() && said[0].1.get("meta").is_none());
}

#[test]
fn the_strict_client_creates_a_group_with_members_and_puts_it_whole() {
    let mut scene = Scene::new(&Strict);
    scene.join(ADA, "ada");
    scene.server.transcript();
    scene.found(&[ADA]);
    let said = scene.server.transcript();
    let expected = json!({
        "schemas": [CORE_GROUP],
        "externalId": "ext-sales",
        "displayName": "ws-Sales-role-admin",
        "members": [{"value": "u1", "type": "User"}],
    });
    assert_eq!((said.len(), &said[1].1), (2, &expected));
    let regrouping = Regrouping { push: intent::Push::WholeSet, ..Scene::regroup(&[], &[ADA]) };
    let said = scene.said(Intent::Regroup { group: SALES, regrouping });
    assert!(said[0].0.starts_with("PUT /Groups/"), "{said:?}");
    assert_eq!(said[0].1["members"], json!([]));
}

// All of them

#[test]
fn somebody_whom_the_server_lost_is_made_again_with_manager_and_groups() {
    let dialects: [&dyn Dialect; 3] = [&LEGACY, &Okta, &Strict];
    for dialect in dialects {
        let mut scene = Scene::settled(dialect);
        scene.say(Intent::SetManager { person: GRACE, manager: Some(ADA) });
        let joins = Scene::regroup(&[GRACE], &[]);
        scene.say(Intent::Regroup { group: SALES, regrouping: joins });
        let old = format!("/Users/{}", scene.id(Subject::Person(GRACE)));
        scene.server.lose(&old);
        scene.say(Intent::Deactivate { person: GRACE });
        let new = scene.id(Subject::Person(GRACE));
        let user = scene.server.get(&format!("/Users/{new}")).expect("grace is there again");
        assert_eq!(user["active"], json!(false));
        assert_eq!(user[ENTERPRISE_USER]["manager"]["value"], json!("u1"));
        let group =
            scene.server.get(&format!("/Groups/{}", scene.id(Subject::Group(SALES)))).expect("a group");
        let members: Vec<&Value> =
            group["members"].as_array().unwrap().iter().map(|it| &it["value"]).collect();
        assert_eq!(members, [&json!("u1"), &json!(new)]);
    }
}

#[test]
fn a_group_that_the_server_lost_is_made_again_with_its_members() {
    let dialects: [&dyn Dialect; 3] = [&LEGACY, &Okta, &Strict];
    for dialect in dialects {
        let mut scene = Scene::settled(dialect);
        scene.server.lose(&format!("/Groups/{}", scene.id(Subject::Group(SALES))));
        scene.say(Intent::Regroup { group: SALES, regrouping: Scene::regroup(&[GRACE], &[]) });
        let group =
            scene.server.get(&format!("/Groups/{}", scene.id(Subject::Group(SALES)))).expect("a group");
        assert_eq!(group["members"].as_array().map(Vec::len), Some(2));
    }
}

#[test]
fn an_answer_without_an_id_is_an_error_that_says_so() {
    let empty = FakeServer::with_fault(|request: &Request, answer: &mut Answer| {
        if request.method == Method::Post {
            answer.body = None;
        }
    });
    let scene = Scene::on(empty, &Okta);
    let session = Session { wire: &scene.server, links: &scene.links, now: &scene.directory };
    let error = Okta.join(session, ADA, &person("ada")).expect_err("no id");
    assert_eq!(error.to_string(), "POST /Users got 201 without an id in the body");
}
