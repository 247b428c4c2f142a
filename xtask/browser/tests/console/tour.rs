//! Which pages there are: those of the console's own routes, so that a new one cannot be forgotten. Where a route has a hole, the
//! tour fills it as a person would, by a link on another page.

use std::collections::{BTreeSet, VecDeque};

use rolecall_console::{Needs, Route, routes};

use crate::{browser::Browser, product::Product};

/// A page to visit.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) name: String,
    pub(crate) url: String,
}

/// Further looks of pages: what the query makes of them, or what lies below and is linked to only where there is much.
const LOOKS: &[(&str, &str)] = &[
    ("/console/connect", "?idp=entra"),
    ("/console/connect", "?idp=keycloak"),
    ("/console/people", "?q=nobody-is-called-so"),
    ("/console/people/{user}", "/history"),
    ("/console/people/{user}/why", "?workspace=sales"),
    ("/console/workspaces/{workspace}", "?at=2026-03-01"),
    ("/console/setup", "?idp=okta"),
];

/// Pages that need what the tour does not have, and the reason.
const ELSEWHERE: &[&str] = &[
    // Leads on, and shows a page to dead links alone; the tour shows one.
    "/console/setup/open",
    // Downloads, no pages.
    "/console/settings/scim/mappings.toml",
    "/console/review/document",
    "/console/import/example.csv",
    "/console/import/example.json",
];

pub(crate) struct Tour;

impl Tour {
    /// What somebody sees who is not signed in.
    pub(crate) fn outside(product: &Product) -> Vec<Page> {
        let wanted = |route: &&Route| {
            route.method == "GET" && route.needs() == Needs::Nobody && !ELSEWHERE.contains(&route.path)
        };
        let mut pages: Vec<Page> = routes().filter(wanted).map(|route| page(product, route.path)).collect();
        for known in &mut pages {
            // The page behind it depends on a secret that the first start printed.
            if known.name == "set-up" {
                known.url = product.line("First sign-in:");
            }
        }
        pages.push(page(product, "/console/setup/open"));
        pages
    }

    /// What an owner sees.
    pub(crate) async fn as_owner(browser: &Browser, product: &Product) -> Vec<Page> {
        let is_signed = |needs| matches!(needs, Needs::Role(_));
        let mut pages = crawl(browser, product, is_signed, "/console").await;
        pages.push(Page { name: "nothing-here".into(), url: product.url("/console/nowhere") });
        pages
    }

    /// What a guest sees who has opened a setup link.
    pub(crate) async fn as_guest(browser: &Browser, product: &Product) -> Vec<Page> {
        crawl(browser, product, |needs| needs == Needs::SetupLink, "/console/setup").await
    }
}

fn page(product: &Product, path: &str) -> Page {
    Page { name: name_of(path), url: product.url(path) }
}

/// `people-user-why` of `/console/people/{user}/why`.
fn name_of(path: &str) -> String {
    let rest = path.strip_prefix("/console").unwrap_or(path).trim_start_matches('/');
    if rest.is_empty() {
        return "overview".into();
    }
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    rest.replace(['{', '}'], "").chars().map(plain).collect()
}

/// Every `GET` route of that kind, and some further looks. Follows the links of pages to those whose address has a hole.
async fn crawl(
    browser: &Browser,
    product: &Product,
    wanted: impl Fn(Needs) -> bool,
    start: &str,
) -> Vec<Page> {
    let routes: Vec<&Route> = routes()
        .filter(|route| route.method == "GET" && wanted(route.needs()) && !ELSEWHERE.contains(&route.path))
        .collect();
    let mut missing: BTreeSet<&str> = routes.iter().map(|route| route.path).collect();
    let mut to_read: VecDeque<String> =
        routes.iter().map(|route| route.path.to_owned()).filter(|path| !path.contains('{')).collect();
    let mut pages = Vec::new();
    assert!(missing.contains(start), "{start}");
    while let Some(path) = to_read.pop_front() {
        let Some(template) = missing.iter().find(|template| fits(template, &path)).copied() else { continue };
        missing.remove(template);
        pages.push(Page { name: name_of(template), url: product.url(&path) });
        for (number, (_, end)) in LOOKS.iter().filter(|(of, _)| *of == template).enumerate() {
            let address = format!("{path}{end}");
            if end.starts_with('/') {
                to_read.push_back(address);
            } else {
                let name = format!("{}-{}", name_of(template), number + 1);
                pages.push(Page { name, url: product.url(&address) });
            }
        }
        browser.goto(&product.url(&path)).await;
        assert_eq!(
            browser.count(".fault").await,
            0,
            "{path} is no page: {:?}",
            browser.client.source().await
        );
        to_read.extend(browser.links().await);
    }
    assert!(missing.is_empty(), "no page of the tour leads to {missing:?}");
    pages
}

/// Whether an address is one of a route's. A query does not matter.
fn fits(template: &str, address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let (wanted, given): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    let same = |(one, other): (&&str, &&str)| one == other || (one.starts_with('{') && !other.is_empty());
    wanted.len() == given.len() && wanted.iter().zip(&given).all(same)
}
