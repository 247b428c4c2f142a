//! The mission's journey: from the first sign-in to a member in a workspace, by mapping and by pattern.

use crate::{
    browser::{Browser, Scripts},
    product::Product,
};

#[tokio::test]
async fn from_the_first_sign_in_to_a_member_in_a_workspace() {
    let product = Product::start();
    let browser = Browser::first_owner(&product, 1280, Scripts::On).await;

    // A Secret Token, shown once, with a button that copies it.
    browser.press("Secret Tokens").await;
    browser.fill("#name", "Entra").await;
    browser.press("Make the token").await;
    let secret = browser.find("#secret").await.attr("value").await.unwrap().unwrap();
    assert!(secret.starts_with("rcs_"), "{secret}");
    assert!(browser.find("[data-copy=secret]").await.is_displayed().await.unwrap());
    browser.press("I have copied it").await;
    browser.wait_for("table", "Entra").await;
    assert!(!browser.client.source().await.unwrap().contains(&secret));

    // The identity provider pushes people and groups; those named by the pattern map themselves.
    product.push(&secret);
    browser.press("SCIM Provisioning").await;
    browser.wait_for("#pattern-preview", "follow it").await;
    browser.fill("#prefix", "nothing-begins-so-").await;
    browser.wait_for("#pattern-preview", "No group follows this pattern").await;

    // A workspace, and a mapping of a group of any name to it: first its plan, then the mapping.
    browser.press("Workspaces").await;
    browser.fill("#name", "Newsroom").await;
    browser.press("Make the workspace …").await;
    browser.wait_for("main", "Nothing is changed yet").await;
    browser.press("Make the workspace").await;
    browser.wait_for("h1", "Newsroom").await;
    browser.wait_for("main", "Nobody is in this workspace").await;
    browser.press("SCIM Provisioning").await;
    browser.fill("#group", "Everyone").await;
    browser.fill("#workspace", "Newsroom").await;
    browser.press("Add mapping …").await;
    browser.wait_for("main", "Nothing is changed yet").await;
    browser.wait_for("table", "gains access").await;
    browser.press("Add the mapping").await;
    browser.wait_for("table", "Everyone").await;

    // A person, found while typing, who is there because of that group.
    browser.press("People").await;
    let first = browser.find("#results .row-sub").await.text().await.unwrap();
    browser.fill("#q", &first).await;
    browser.wait_for("#results", &first).await;
    browser.fill("#q", "nobody-is-called-so").await;
    browser.wait_for("#results", "Nobody matches").await;
    browser.press("Show everybody").await;
    browser.find("#results .row-title").await.click().await.unwrap();
    browser.wait_for("table", "newsroom").await;
    browser.wait_for("table", "Everyone").await;
}
