//! A browser with scripts off: it keeps cookies, follows links, and sends the forms that it was shown.

use std::collections::BTreeMap;

use crate::support::{Answer, Server, find_line};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Somebody at a browser.
pub(crate) struct Browser<'s> {
    server: &'s Server,
    cookies: BTreeMap<String, String>,
}

impl<'s> Browser<'s> {
    /// Nobody yet.
    pub(crate) fn new(server: &'s Server) -> Self {
        Self { server, cookies: BTreeMap::new() }
    }

    /// The owner who opens the link of the first start.
    pub(crate) fn first_owner(server: &'s Server) -> Self {
        let mut browser = Self::new(server);
        let link = find_line(&server.greeting, "First sign-in:").unwrap();
        browser.set_up(&link, "ada@acme.example").expect(303);
        browser
    }

    /// An administrator whom the command line made.
    pub(crate) fn administrator(server: &'s Server, org: &str, role: &str) -> Self {
        let email = format!("{role}@{org}.example");
        let arguments = ["admin", "create", "--org", org, "--email", &email, "--role", role];
        let made = server.rolecall(&arguments).expect(0);
        let mut browser = Self::new(server);
        // The command knows the configured address; the test's server has a free port.
        let (_, path) = made.line().split_once("/console/").unwrap();
        browser.set_up(&format!("/console/{path}"), &email).expect(303);
        browser
    }

    /// Whoever was sent a new setup link of the organisation.
    pub(crate) fn guest(server: &'s Server, org: &str) -> Self {
        let made = server.rolecall(&["setup-link", "create", "--org", org, "--name", "Bob"]).expect(0);
        let mut browser = Self::new(server);
        browser.follow(made.line()).expect(303);
        browser
    }

    /// Opens an address that a command printed: it knows the configured port, and the test's server has a free one.
    pub(crate) fn follow(&mut self, address: &str) -> Answer {
        let (_, path) = address.split_once("/console/").unwrap();
        self.get(&format!("/console/{path}"))
    }

    /// Opens a set-up link and chooses the password.
    pub(crate) fn set_up(&mut self, link: &str, email: &str) -> Answer {
        self.post(link, &[("email", email), ("password", PASSWORD), ("again", PASSWORD)])
    }

    /// Signs in.
    pub(crate) fn sign_in(&mut self, org: &str, email: &str, password: &str) -> Answer {
        self.post("/console/sign-in", &[("org", org), ("email", email), ("password", password)])
    }

    /// A page; redirects are not followed.
    pub(crate) fn get(&mut self, path: &str) -> Answer {
        let answer = self.server.request("GET", path).header("cookie", &self.cookie()).send();
        self.keep(answer)
    }

    /// A page that must be there, as text.
    #[track_caller]
    pub(crate) fn page(&mut self, path: &str) -> String {
        self.get(path).expect(200).text()
    }

    /// A form without a token of the session.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_from(path, fields, &[])
    }

    /// The same with more headers.
    pub(crate) fn post_from(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = self.server.request("POST", path).header("cookie", &self.cookie());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer =
            request.header("content-type", "application/x-www-form-urlencoded").body(encoded(fields)).send();
        self.keep(answer)
    }

    /// A form that may bring a file, as browsers send it (RFC 7578). A file that was not chosen is sent without a name.
    pub(crate) fn post_parts(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        file: Option<(&str, &[u8])>,
        referer: &str,
    ) -> Answer {
        const BOUNDARY: &str = "----where-one-part-ends";
        let mut body = Vec::new();
        for (name, value) in fields {
            let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            // Browsers send the ends of lines so.
            let value = value.replace("\r\n", "\n").replace('\n', "\r\n");
            body.extend_from_slice(format!("{head}{value}\r\n").as_bytes());
        }
        let (name, bytes) = file.unwrap_or_default();
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let request = self.server.request("POST", path).header("cookie", &self.cookie());
        let request = request.header("referer", &format!("{}{referer}", self.server.base_url));
        let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
        let answer = request.header("content-type", &media_type).body(body).send();
        self.keep(answer)
    }

    /// Sends a form of a page of the session, and follows to where it leads.
    #[track_caller]
    pub(crate) fn send(&mut self, from: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.send_only(from, action, fields);
        // What stands after `#` is the browser's own.
        let to = |answer: &Answer| answer.header("location").split('#').next().unwrap().to_owned();
        if answer.status == 303 { self.get(&to(&answer)) } else { answer }
    }

    /// The same without following.
    #[track_caller]
    pub(crate) fn send_only(&mut self, from: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.form_token_of("/console/account");
        self.send_with(&token, from, action, fields)
    }

    /// The same with a form token that was read from another page.
    #[track_caller]
    pub(crate) fn send_with(
        &mut self,
        token: &str,
        from: &str,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("form_token", token)]).collect();
        let referer = format!("{}{from}", self.server.base_url);
        self.post_from(action, &fields, &[("referer", &referer)])
    }

    /// Sends a form, looks at its plan, which `look` gets to see, and does it just so; answers the page after.
    #[track_caller]
    pub(crate) fn plan_and_do(
        &mut self,
        action: &str,
        fields: &[(&str, &str)],
        look: impl FnOnce(&str),
    ) -> String {
        let plan = self.send_only("/console", action, fields).expect(200).text();
        assert!(plan.contains("Nothing is changed yet"), "{plan}");
        look(&plan);
        let (_, rest) = plan.split_once("name=\"planned\" value=\"").unwrap();
        let planned = rest.split_once('"').unwrap().0;
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("planned", planned)]).collect();
        self.send("/console", action, &fields).expect(200).text()
    }

    /// What the forms of the session carry.
    #[track_caller]
    pub(crate) fn form_token(&mut self) -> String {
        self.form_token_of("/console/account")
    }

    /// What the forms of a page carry.
    #[track_caller]
    pub(crate) fn form_token_of(&mut self, path: &str) -> String {
        let page = self.page(path);
        let (_, rest) = page.split_once("name=\"form_token\" value=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    /// The cookies as they are sent.
    pub(crate) fn cookie(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn keep(&mut self, mut answer: Answer) -> Answer {
        // Where a line may end is nothing to be read.
        if let Ok(page) = str::from_utf8(&answer.bytes) {
            answer.bytes = page.replace("<wbr>", "").into_bytes();
        }
        for set in answer.headers.get_all("set-cookie") {
            let text = set.to_str().unwrap();
            let (pair, attributes) = text.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| {
        let bytes = text.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        });
        bytes.collect::<String>()
    };
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

/// A page's text in its order, as it is read aloud.
pub(crate) fn read_aloud(page: &str) -> String {
    let (_, main) = page.split_once("<main").unwrap();
    let mut text = String::new();
    let mut rest = main;
    while let Some((_, after)) = rest.split_once('>') {
        let (words, next) = after.split_once('<').unwrap_or((after, ""));
        text.push_str(words);
        text.push(' ');
        rest = next;
    }
    let text = text.replace("&amp;", "&").replace("&quot;", "\"");
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace(" .", ".").replace(" ,", ",").replace(" :", ":")
}
