//! A Chromium of its own for each test, by ChromeDriver.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::product::Product;

pub(crate) const PASSWORD: &str = "correct horse battery";
const PATIENCE: Duration = Duration::from_secs(20);

/// Whether pages may run them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    On,
    Off,
}

/// A browser; it and its driver end when this value goes.
pub(crate) struct Browser {
    pub(crate) client: Client,
    driver: Child,
}

impl Browser {
    /// One whose window is so wide.
    pub(crate) async fn open(width: u32, scripts: Scripts) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("ChromeDriver is installed: `apt-get install chromium chromium-driver`");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next().expect("ChromeDriver says its port").unwrap();
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        // Chromium as root, in a container: no sandbox of its own, no shared memory, no proxy on the way to loopback.
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--no-proxy-server",
        ];
        let mut options = json!({"args": arguments});
        if scripts == Scripts::Off {
            options["prefs"] = json!({"profile.managed_default_content_settings.javascript": 2});
        }
        if width < 500 {
            options["mobileEmulation"] =
                json!({"deviceMetrics": {"width": width, "height": 844, "pixelRatio": 1.0, "touch": true}});
        }
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let capabilities = json!({"goog:chromeOptions": options}).as_object().cloned().unwrap();
        let client = builder.capabilities(capabilities).connect(&format!("http://127.0.0.1:{port}")).await;
        let client = client.expect("Chromium starts");
        if width >= 500 {
            client.set_window_size(width, 900).await.unwrap();
        }
        Self { client, driver }
    }

    /// The owner of the first start, signed in by the link.
    pub(crate) async fn first_owner(product: &Product, width: u32, scripts: Scripts) -> Self {
        let browser = Self::open(width, scripts).await;
        browser.goto(&product.line("First sign-in:")).await;
        browser.fill("#email", "ada@acme.example").await;
        browser.fill("#password", PASSWORD).await;
        browser.fill("#again", PASSWORD).await;
        browser.press("Set the password and sign in").await;
        browser.wait_for("h1", "Overview").await;
        browser
    }

    pub(crate) async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Puts a text into a field, in the place of what is there.
    pub(crate) async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses a button, or follows a link, by what it says.
    pub(crate) async fn press(&self, label: &str) {
        let path = format!("//*[self::button or self::a or self::summary][normalize-space()='{label}']");
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::XPath(&path)).await;
        found.unwrap_or_else(|error| panic!("no `{label}` to press: {error}")).click().await.unwrap();
    }

    pub(crate) async fn find(&self, css: &str) -> Element {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        found.unwrap_or_else(|error| panic!("no {css}: {error}"))
    }

    /// How many elements there are of a kind, on the page as it stands.
    pub(crate) async fn count(&self, css: &str) -> usize {
        self.client.find_all(Locator::Css(css)).await.unwrap().len()
    }

    /// Where the links of the page lead, as they are written.
    pub(crate) async fn links(&self) -> Vec<String> {
        let source = self.client.source().await.unwrap();
        let written = source.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        written.map(|address| address.replace("&amp;", "&")).collect()
    }

    /// Waits until an element has this text in it.
    pub(crate) async fn wait_for(&self, css: &str, text: &str) {
        let path = format!("//*[{}][contains(., '{text}')]", simple(css));
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::XPath(&path)).await;
        if let Err(error) = found {
            panic!("no {css} with `{text}`: {error}\n{}", self.client.source().await.unwrap_or_default());
        }
    }

    /// What a script answers.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser that it has started, too.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// `h1` or `#id` as XPath says it.
fn simple(css: &str) -> String {
    css.strip_prefix('#').map_or_else(|| format!("self::{css}"), |id| format!("@id='{id}'"))
}
