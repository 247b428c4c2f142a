//! Every page, in both themes, at desk and phone width: nothing keeps people out, and nothing is wider than the screen.

use std::{fs, path::PathBuf};

use rolecall_browser::{AXE, SHOTS};
use serde_json::Value;

use crate::{
    browser::Browser,
    product::{Product, variable},
};

const PAGES: &[(&str, &str)] = &[
    ("overview", "/console"),
    ("why", "/console/why"),
    ("people", "/console/people"),
    ("groups", "/console/groups"),
    ("workspaces", "/console/workspaces"),
    ("findings", "/console/findings"),
    ("holds", "/console/holds"),
    ("undo", "/console/undo"),
    ("authentication", "/console/settings/authentication"),
    ("scim", "/console/settings/scim"),
    ("tokens", "/console/settings/tokens"),
    ("connections", "/console/settings/connections"),
    ("api-keys", "/console/settings/api-keys"),
    ("administrators", "/console/settings/administrators"),
    ("organisation", "/console/settings/organisation"),
    ("connect", "/console/connect"),
    ("connect-entra", "/console/connect?idp=entra"),
    ("connect-live", "/console/connect/live"),
    ("requests", "/console/requests"),
    ("account", "/console/account"),
    ("nothing-here", "/console/nowhere"),
];

/// Pages that lie beyond those of one person, group or workspace.
const BEYOND: &[(&str, &str)] = &[
    ("person-why", "/why"),
    ("person-why-not", "/why?workspace=legal"),
    ("person-history", "/history"),
    ("workspace-then", "?at=2026-03-01"),
    ("workspace-history", "/history"),
];

#[tokio::test]
async fn axe_finds_nothing_at_desk_width() {
    visit_all(1280).await;
}

#[tokio::test]
async fn axe_finds_nothing_at_phone_width() {
    visit_all(390).await;
}

async fn visit_all(width: u32) {
    let product = Product::start();
    product.push(&product.line("Secret Token:"));
    let outside = Browser::open(width).await;
    let mut faults = Vec::new();
    for theme in ["light", "dark"] {
        outside.goto(&product.url("/console/sign-in")).await;
        choose(&outside, theme).await;
        faults.extend(look(&outside, &product.url("/console/sign-in"), "sign-in", width, theme).await);
        let link = product.line("First sign-in:");
        faults.extend(look(&outside, &link, "set-up", width, theme).await);
    }
    drop(outside);
    let browser = Browser::first_owner(&product, width).await;
    for theme in ["light", "dark"] {
        choose(&browser, theme).await;
        for (name, path) in PAGES {
            faults.extend(look(&browser, &product.url(path), name, width, theme).await);
        }
        for (name, list) in [
            ("person", "people"),
            ("group", "groups"),
            ("workspace", "workspaces"),
            ("connection", "settings/connections"),
        ] {
            browser.goto(&product.url(&format!("/console/{list}"))).await;
            let path = browser.find("main .row-title").await.attr("href").await.unwrap().unwrap();
            faults.extend(look(&browser, &product.url(&path), name, width, theme).await);
            for (page, end) in BEYOND.iter().filter(|(page, _)| page.starts_with(name)) {
                faults
                    .extend(look(&browser, &product.url(&format!("{path}{end}")), page, width, theme).await);
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

async fn choose(browser: &Browser, theme: &str) {
    browser.find(&format!(".theme button[value={theme}]")).await.click().await.unwrap();
    browser.find(&format!("html[data-theme={theme}]")).await;
}

/// Opens a page and answers what is wrong with it.
async fn look(browser: &Browser, url: &str, name: &str, width: u32, theme: &str) -> Vec<String> {
    browser.goto(url).await;
    let place = format!("{name}, {width} px, {theme}");
    let mut faults = Vec::new();
    let wide = browser.run("return document.documentElement.scrollWidth").await;
    if wide.as_u64().is_some_and(|wide| wide > u64::from(width)) {
        faults.push(format!("{place}: it is {wide} px wide"));
    }
    let script = fs::read_to_string(variable(AXE)).expect("the chore fetches axe-core");
    browser.run(&script).await;
    let found = browser.client.execute_async(
        "const done = arguments[0]; axe.run().then((found) => done(found.violations.map((one) =>
            one.id + ': ' + one.nodes.map((node) => node.target.join(' ') + ' ' + (node.any[0]?.message ?? '')).join(' | '))))",
        Vec::new(),
    );
    if let Value::Array(violations) = found.await.unwrap() {
        faults.extend(violations.iter().map(|one| format!("{place}: {}", one.as_str().unwrap_or_default())));
    }
    take(browser, &format!("{name}-{width}-{theme}")).await;
    faults
}

#[expect(clippy::disallowed_methods, reason = "tests are told by the chore what to use")]
async fn take(browser: &Browser, name: &str) {
    if let Ok(folder) = std::env::var(SHOTS) {
        fs::create_dir_all(&folder).unwrap();
        let picture = browser.client.screenshot().await.unwrap();
        fs::write(PathBuf::from(folder).join(format!("{name}.png")), picture).unwrap();
    }
}
