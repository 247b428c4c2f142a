//! A `rolecall serve` in a folder of its own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use rolecall_browser::BINARY;

/// A running server; it is killed when this value goes.
pub(crate) struct Product {
    folder: tempfile::TempDir,
    child: Child,
    /// Kept open, so that the server never writes into a closed pipe.
    _stdout: BufReader<ChildStdout>,
    greeting: String,
}

impl Product {
    /// A first start on a free port.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = command(&folder, &["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .env("ROLECALL_LOG__LEVEL", "error")
            .spawn()
            .expect("`cargo xtask test --browser` builds the binary");
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("listening on") {
            assert!(stdout.read_line(&mut greeting).unwrap() > 0, "the server ended: {greeting}");
        }
        Self { folder, child, _stdout: stdout, greeting }
    }

    /// What the first start printed behind a label.
    pub(crate) fn line(&self, label: &str) -> String {
        let line = self.greeting.lines().find_map(|line| line.strip_prefix(label));
        line.unwrap_or_else(|| panic!("no {label} in {}", self.greeting)).trim().to_owned()
    }

    /// The whole address of a page.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.line("listening on"))
    }

    /// A new setup link, of this server.
    pub(crate) fn setup_link(&self) -> String {
        let arguments = ["setup-link", "create", "--org", "default", "--name", "Bob"];
        let output = command(&self.folder, &arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let printed = String::from_utf8(output.stdout).unwrap();
        // The command knows the configured address, and the server has a free port.
        let (_, path) = printed.trim().split_once("/console/").unwrap();
        self.url(&format!("/console/{path}"))
    }

    /// Lets the simulated Entra push a small company with this Secret Token.
    pub(crate) fn push(&self, token: &str) {
        let tenant = self.line("Tenant URL:");
        let arguments = [
            "simulate",
            "entra",
            "--tenant-url",
            &tenant,
            "--users",
            "40",
            "--groups",
            "12",
            "--cycles",
            "1",
        ];
        let output = command(&self.folder, &arguments).env("ROLECALL_SCIM_TOKEN", token).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        self.adopt();
    }

    /// Somebody who was there before under another name, and an attribute of the organisation's own.
    fn adopt(&self) {
        let listed = self.run(&["access-review", "--org", "default", "--format", "csv"]);
        // The address of somebody who was pushed.
        let address =
            listed.split([',', '\n', '"']).find(|cell| cell.contains('@')).expect("somebody has access");
        let people = format!(
            "id,user_name,display_name,email\nE-17,ada,Ada Lovelace,{address}\nE-18,grace,Grace Hopper,\n"
        );
        std::fs::write(self.folder.path().join("people.csv"), people).unwrap();
        self.run(&["import", "--org", "default", "--file", "people.csv"]);
        let schema = r#"{"id": "urn:acme:params:scim:schemas:extension:hr:1.0:User", "name": "HR", "resourceType": "User",
            "attributes": [{"name": "costLevel", "type": "integer", "description": "What they may spend"}]}"#;
        std::fs::write(self.folder.path().join("hr.json"), schema).unwrap();
        self.run(&["schema", "add", "--org", "default", "--file", "hr.json"]);
        self.run(&["connection", "create", "--org", "default", "--name", "okta"]);
    }

    /// What a command prints that must work.
    fn run(&self, arguments: &[&str]) -> String {
        let output = command(&self.folder, arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(folder: &tempfile::TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(variable(BINARY));
    command.args(arguments).current_dir(folder.path()).stdin(Stdio::null());
    command
}

/// A variable that the chore sets.
#[expect(clippy::disallowed_methods, reason = "tests are told by the chore what to use")]
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `cargo xtask test --browser`"))
}
