//! Every page, in both themes, at desk and phone width, and with scripts off: nothing keeps people out, and nothing is wider than
//! the screen.

use std::{fs, path::PathBuf};

use rolecall_browser::{AXE, SHOTS};
use serde_json::Value;

use crate::{
    browser::{Browser, Scripts},
    product::{Product, variable},
    tour::{Page, Tour},
};

const DESK: u32 = 1280;
const PHONE: u32 = 390;

#[tokio::test]
async fn axe_finds_nothing_at_desk_width() {
    visit_all(DESK).await;
}

#[tokio::test]
async fn axe_finds_nothing_at_phone_width() {
    visit_all(PHONE).await;
}

#[tokio::test]
async fn every_page_is_whole_without_scripts() {
    let product = Product::start();
    product.push(&product.line("Secret Token:"));
    let outside = Browser::open(DESK, Scripts::Off).await;
    for page in Tour::outside(&product) {
        is_whole(&outside, &page).await;
    }
    let browser = Browser::first_owner(&product, DESK, Scripts::Off).await;
    for page in Tour::as_owner(&browser, &product).await {
        is_whole(&browser, &page).await;
    }
    browser.goto(&product.setup_link()).await;
    for page in Tour::as_guest(&browser, &product).await {
        is_whole(&browser, &page).await;
    }
}

/// It has one heading, and nothing on it waits for a script.
async fn is_whole(browser: &Browser, page: &Page) {
    browser.goto(&page.url).await;
    let headings = browser.count("main h1").await;
    assert_eq!(headings, 1, "{}", page.name);
    let dead = browser.count("main button[type=button]:not([hidden])").await;
    assert_eq!(dead, 0, "{}: a button that only a script gives a meaning", page.name);
}

async fn visit_all(width: u32) {
    let product = Product::start();
    product.push(&product.line("Secret Token:"));
    let mut faults = Vec::new();
    let outside = Browser::open(width, Scripts::On).await;
    for theme in ["light", "dark"] {
        outside.goto(&product.url("/console/sign-in")).await;
        choose(&outside, theme).await;
        for page in Tour::outside(&product) {
            faults.extend(look(&outside, &page, width, theme).await);
        }
    }
    drop(outside);
    let browser = Browser::first_owner(&product, width, Scripts::On).await;
    let mut pages = Tour::as_owner(&browser, &product).await;
    browser.goto(&product.setup_link()).await;
    pages.extend(Tour::as_guest(&browser, &product).await);
    for theme in ["light", "dark"] {
        browser.goto(&product.url("/console")).await;
        choose(&browser, theme).await;
        for page in &pages {
            faults.extend(look(&browser, page, width, theme).await);
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

async fn choose(browser: &Browser, theme: &str) {
    browser.find(&format!(".theme button[value={theme}]")).await.click().await.unwrap();
    browser.find(&format!("html[data-theme={theme}]")).await;
}

/// Opens a page and answers what is wrong with it.
async fn look(browser: &Browser, page: &Page, width: u32, theme: &str) -> Vec<String> {
    browser.goto(&page.url).await;
    let place = format!("{}, {width} px, {theme}", page.name);
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
    take(browser, &format!("{}-{width}-{theme}", page.name), width).await;
    faults
}

/// A picture of the whole page, as far as somebody would scroll.
#[expect(clippy::disallowed_methods, reason = "tests are told by the chore what to use")]
async fn take(browser: &Browser, name: &str, width: u32) {
    let Ok(folder) = std::env::var(SHOTS) else { return };
    fs::create_dir_all(&folder).unwrap();
    let tall = browser.run("return document.documentElement.scrollHeight").await;
    let tall = tall.as_u64().unwrap_or(900).clamp(900, 2200);
    if width == DESK {
        browser.client.set_window_size(width, tall as u32).await.unwrap();
    }
    let picture = browser.client.screenshot().await.unwrap();
    if width == DESK {
        browser.client.set_window_size(width, 900).await.unwrap();
    }
    fs::write(PathBuf::from(folder).join(format!("{name}.png")), picture).unwrap();
}
