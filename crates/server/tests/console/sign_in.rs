//! Getting in, staying in, getting out.

use crate::{
    browser::{Browser, PASSWORD},
    support::{Finished, Server, find_line},
};

#[test]
fn the_first_link_makes_an_owner_once_and_is_printed_once() {
    let mut server = Server::start();
    let link = find_line(&server.greeting, "First sign-in:").unwrap();
    let mut ada = Browser::new(&server);
    assert!(ada.page(&link).contains("You become the first owner"));
    for (email, password, again, why) in [
        ("ada@acme.example", PASSWORD, "something else", "The two passwords differ"),
        ("ada@acme.example", "short", "short", "choose a password of 12 to 256 characters"),
        ("ada", PASSWORD, PASSWORD, "is no e-mail address"),
    ] {
        let fields = [("email", email), ("password", password), ("again", again)];
        let text = ada.post(&link, &fields).expect(422).text();
        assert!(text.to_lowercase().contains(&why.to_lowercase()), "{text}");
    }
    ada.set_up(&link, "ada@acme.example").expect(303);
    assert!(ada.page("/console").contains("ada@acme.example"));
    let mut eve = Browser::new(&server);
    eve.get(&link).expect(404);
    eve.set_up(&link, "eve@acme.example").expect(404);
    let listed = server.rolecall(&["admin", "list", "--json"]).expect(0).json();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["role"]), (1, &"owner".into()));
    drop((ada, eve));
    server.restart();
    assert!(!server.greeting.contains("rcl_") && !server.greeting.contains("First sign-in"));
    assert!(!server.log().contains("rcl_") && !server.log().contains("ada@acme.example"));
}

#[test]
fn a_wrong_name_and_a_wrong_password_are_answered_alike_and_throttled() {
    let server = Server::start();
    Browser::first_owner(&server);
    let mut eve = Browser::new(&server);
    let wrong = eve.sign_in("default", "ada@acme.example", "wrong password").expect(422).text();
    let unknown = eve.sign_in("default", "bob@acme.example", "wrong password").expect(422).text();
    assert_eq!(wrong.replace("ada@", ""), unknown.replace("bob@", ""));
    eve.sign_in("nowhere", "ada@acme.example", "wrong password").expect(422);
    for _ in 0..9 {
        eve.sign_in("default", "ada@acme.example", "wrong password").expect(422);
    }
    let answer = eve.sign_in("default", "ada@acme.example", PASSWORD).expect(429);
    assert!(!answer.header("retry-after").is_empty());
    eve.get("/console").expect(303);
}

#[test]
fn a_session_lives_in_the_database_until_it_is_ended() {
    let mut server = Server::start();
    let cookie = Browser::first_owner(&server).cookie();
    server.restart();
    let with_cookie = || server.request("GET", "/console").header("cookie", &cookie).send();
    with_cookie().expect(200);
    let mut elsewhere = Browser::new(&server);
    let answer = elsewhere.sign_in("default", "ADA@acme.example", PASSWORD).expect(303);
    assert_eq!(answer.header("location"), "/console");
    elsewhere.send("/console/account", "/console/sign-out-everywhere", &[]).expect(200);
    let answer = with_cookie().expect(303);
    assert_eq!(answer.header("location"), "/console/sign-in");
    // Back to where one wanted to go, and to no other place.
    let asked = server.request("GET", "/console/account?x=1").send().expect(303);
    assert_eq!(asked.header("location"), "/console/sign-in?next=%2Fconsole%2Faccount%3Fx%3D1");
    for (next, to) in [("/console/account?x=1", "/console/account?x=1"), ("//evil.example", "/console")] {
        let fields =
            [("org", "default"), ("email", "ada@acme.example"), ("password", PASSWORD), ("next", next)];
        let answer = Browser::new(&server).post("/console/sign-in", &fields).expect(303);
        assert_eq!(answer.header("location"), to);
    }
}

#[test]
fn the_cookie_is_bound_to_the_host_where_browsers_come_by_https() {
    let plain = Server::start();
    let link = find_line(&plain.greeting, "First sign-in:").unwrap();
    let set = Browser::new(&plain).set_up(&link, "ada@acme.example").header("set-cookie").to_owned();
    assert!(set.starts_with("rolecall=") && set.contains("HttpOnly; SameSite=Lax; Path=/"), "{set}");
    assert!(!set.contains("Secure"), "{set}");
    let secure = Server::start_with(|command| {
        command.env("ROLECALL_PUBLIC_URL", "https://rolecall.example.com");
    });
    let link = find_line(&secure.greeting, "First sign-in:").unwrap();
    let link = link.strip_prefix("https://rolecall.example.com").unwrap();
    let set = Browser::new(&secure).set_up(link, "ada@acme.example").header("set-cookie").to_owned();
    assert!(
        set.starts_with("__Host-rolecall=") && set.contains("HttpOnly; SameSite=Lax; Secure; Path=/"),
        "{set}"
    );
}

#[test]
fn a_form_that_another_site_or_another_session_made_changes_nothing() {
    let server = Server::start();
    let mut ada = Browser::first_owner(&server);
    let token = ada.form_token();
    ada.post("/console/sign-out", &[]).expect(403);
    ada.post("/console/sign-out", &[("form_token", "guess")]).expect(403);
    for foreign in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        ada.post_from("/console/sign-out", &[("form_token", &token)], &[foreign]).expect(403);
        let fields = [("org", "default"), ("email", "ada@acme.example"), ("password", PASSWORD)];
        ada.post_from("/console/sign-in", &fields, &[foreign]).expect(403);
    }
    let mut again = Browser::new(&server);
    again.sign_in("default", "ada@acme.example", PASSWORD).expect(303);
    assert_ne!(again.form_token(), token);
    again.post("/console/sign-out", &[("form_token", &token)]).expect(403);
    ada.page("/console");
    ada.post("/console/sign-out", &[("form_token", &token)]).expect(303);
    ada.get("/console").expect(303);
    again.page("/console");
}

// pain: 4
#[test]
fn who_is_reset_or_shut_out_is_out_at_once() {
    let server = Server::start();
    let mut ada = Browser::first_owner(&server);
    let last = server.rolecall(&["admin", "disable", "--email", "ada@acme.example"]).expect(1);
    assert!(last.err.contains("the last owner"), "{}", last.err);
    let mut admin = Browser::administrator(&server, "default", "admin");
    admin.page("/console");
    server.rolecall(&["admin", "disable", "--email", "admin@default.example"]).expect(0);
    admin.get("/console").expect(303);
    admin.sign_in("default", "admin@default.example", PASSWORD).expect(422);
    server.rolecall(&["admin", "enable", "--email", "admin@default.example"]).expect(0);
    admin.sign_in("default", "admin@default.example", PASSWORD).expect(303);

    let reset = server.rolecall(&["admin", "reset", "--email", "ada@acme.example"]).expect(0);
    ada.get("/console").expect(303);
    ada.sign_in("default", "ada@acme.example", PASSWORD).expect(422);
    let (_, path) = reset.line().split_once("/console/").unwrap();
    assert!(ada.page(&format!("/console/{path}")).contains("Choose a password"));
    ada.set_up(&format!("/console/{path}"), "").expect(303);
    ada.page("/console");
}

#[test]
fn a_password_can_come_from_standard_input_and_never_from_a_flag() {
    use std::{io::Write, process::Stdio};
    let server = Server::start();
    let create = |password: &str| {
        let arguments =
            ["admin", "create", "--email", "bob@acme.example", "--role", "auditor", "--password-stdin"];
        let mut command = server.sandbox.command(&arguments);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(create("short\n").0, 2);
    assert_eq!(create(&format!("{PASSWORD}\n")), (0, String::new()));
    Browser::new(&server).sign_in("default", "bob@acme.example", PASSWORD).expect(303);
    let flag = server.rolecall(&["admin", "create", "--email", "x@acme.example", "--password", PASSWORD]);
    flag.expect(2);
    let taken = server.rolecall(&["admin", "create", "--email", "BOB@acme.example"]).expect(1);
    assert!(taken.err.contains("is an administrator of this organisation already"), "{}", taken.err);
    let listed = Finished::of(&mut server.sandbox.command(&["admin", "list"])).expect(0);
    assert!(listed.out.contains("bob@acme.example  auditor  yes"), "{}", listed.out);
}

#[test]
fn every_answer_says_what_browsers_must_not_do() {
    let server = Server::start();
    let mut ada = Browser::first_owner(&server);
    for path in ["/console", "/console/sign-in", "/console/nowhere", "/console/set-up?org=x&link=y"] {
        let answer = ada.get(path);
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
        for inline in [" style=", "<style", " onclick=", "<script>"] {
            assert!(!answer.text().contains(inline), "{path}: {inline}");
        }
    }
    let page = ada.page("/console");
    let style = page.split('"').find(|word| word.ends_with(".css")).unwrap();
    let answer = ada.get(style).expect(200);
    assert!(answer.header("cache-control").contains("immutable"));
    assert_eq!(server.request("GET", "/").send().expect(302).header("location"), "/console/");
}

#[test]
fn light_and_dark_are_chosen_without_a_script() {
    let server = Server::start();
    let mut eve = Browser::new(&server);
    assert!(!eve.page("/console/sign-in").contains("data-theme=\"dark\""));
    let answer = eve.post("/console/theme", &[("theme", "dark"), ("back", "/console/sign-in")]).expect(303);
    assert_eq!(answer.header("location"), "/console/sign-in");
    assert!(eve.page("/console/sign-in").contains("data-theme=\"dark\""));
}
