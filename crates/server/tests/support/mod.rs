//! The real binary in a folder of its own: how tests start it, talk to it, stop it and start it again.
//!
//! [`Sandbox`] is a temporary folder with a database in which commands run. [`Server`] is a `rolecall serve` in one:
//!
//! ```ignore
//! let mut server = Server::start();
//! let ada = server.scim("POST", "/Users", Some(&json!({ … }))).expect(201).json;
//! server.kill9();
//! server.restart();
//! server.scim("GET", &format!("/Users/{}", ada["id"].as_str().unwrap()), None).expect(200);
//! ```
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test binary uses its own part of this")]

mod http;
mod sandbox;

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

pub use http::{Answer, Request};
pub use sandbox::{Finished, Sandbox};

/// A running `rolecall serve`. It is killed when this value goes.
pub struct Server {
    /// Its folder; also runs commands on the same database.
    pub sandbox: Sandbox,
    /// `http://127.0.0.1:PORT`; stays the same over restarts.
    pub base_url: String,
    /// What an identity provider is given.
    pub tenant_url: String,
    /// The Secret Token of the first start.
    pub token: String,
    /// The owner's API key of the first start.
    pub api_key: String,
    /// What the last start printed on standard output, up to `listening on …`.
    pub greeting: String,
    arrange: fn(&mut Command),
    agent: ureq::Agent,
    running: Option<Running>,
}

struct Running {
    child: Child,
    /// Kept open, so that the server never writes into a closed pipe.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// A first start on an empty database and a free port.
    pub fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// The same, with more arguments or variables, which a restart uses again.
    pub fn start_with(arrange: fn(&mut Command)) -> Self {
        Self::start_in(Sandbox::new(), arrange)
    }

    /// The same, in a folder that a test has prepared. `token` and `api_key` are empty when there was an organisation
    /// already.
    pub fn start_in(sandbox: Sandbox, arrange: fn(&mut Command)) -> Self {
        let (running, greeting) = spawn(&sandbox, "127.0.0.1:0", arrange);
        let line = |label: &str| find_line(&greeting, label).unwrap_or_default();
        let address = line("listening on");
        Self {
            base_url: format!("http://{address}"),
            tenant_url: line("Tenant URL:"),
            token: line("Secret Token:"),
            api_key: line("API key:"),
            greeting,
            arrange,
            agent: http::agent(),
            running: Some(running),
            sandbox,
        }
    }

    /// Stops the server if it runs, and starts it on the same database and port.
    pub fn restart(&mut self) {
        if self.running.is_some() {
            let status = self.stop();
            assert!(status.success(), "rolecall serve ended with {status}\n{}", self.log());
        }
        let (running, greeting) = spawn(&self.sandbox, &self.address(), self.arrange);
        self.greeting = greeting;
        self.running = Some(running);
        // Connections to the process that is gone must not be used again.
        self.agent = http::agent();
    }

    /// Asks it to stop (SIGTERM) and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(rustix::process::Signal::TERM);
        self.wait()
    }

    /// Waits until it ends by itself; 60 seconds at most.
    pub fn wait(&mut self) -> ExitStatus {
        let mut running = self.running.take().expect("the server runs");
        let started = Instant::now();
        loop {
            if let Some(status) = running.child.try_wait().expect("our own child can be waited for") {
                return status;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "the server did not stop\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it in the middle of whatever it does.
    pub fn kill9(&mut self) {
        let mut running = self.running.take().expect("the server runs");
        running.child.kill().expect("our own child can be killed");
        running.child.wait().expect("our own child can be waited for");
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let running = self.running.as_ref().expect("the server runs");
        let id = rustix::process::Pid::from_child(&running.child);
        rustix::process::kill_process(id, signal).expect("our own child can be signalled");
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.running.as_ref().expect("the server runs").child.id()
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> String {
        self.base_url.trim_start_matches("http://").to_owned()
    }

    /// What it logged, over all starts.
    pub fn log(&self) -> String {
        self.sandbox.log()
    }

    /// Runs a command on the same database.
    pub fn rolecall(&self, arguments: &[&str]) -> Finished {
        self.sandbox.rolecall(arguments)
    }

    /// Makes another organisation, by the command line; answers a Secret Token of it.
    #[track_caller]
    pub fn create_org(&self, slug: &str) -> String {
        self.rolecall(&["org", "create", slug]).expect(0);
        self.rolecall(&["token", "create", "--org", slug, "--name", "test"]).expect(0).line().to_owned()
    }

    /// An owner's API key of an organisation, made by the command line.
    #[track_caller]
    pub fn create_api_key(&self, org: &str) -> String {
        let arguments = ["api-key", "create", "--org", org, "--name", "test", "--role", "owner"];
        self.rolecall(&arguments).expect(0).line().to_owned()
    }

    /// The Tenant URL of an organisation.
    pub fn tenant_url_of(&self, org: &str) -> String {
        format!("{}/scim/{org}/v2", self.base_url)
    }

    /// A call of an identity provider: `path` follows the Tenant URL, the Secret Token is presented.
    #[track_caller]
    pub fn scim(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = self.request(method, &format!("{}{path}", self.tenant_url)).bearer(&self.token);
        request.maybe_json(body, "application/scim+json").send()
    }

    /// A call of an administrator's program: `path` begins with `/v1`, the owner's API key is presented.
    #[track_caller]
    pub fn admin(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = self.request(method, path).bearer(&self.api_key);
        request.maybe_json(body, "application/json").send()
    }

    /// Any request, with nothing presented yet. `url` is whole, or a path of this server.
    pub fn request(&self, method: &str, url: &str) -> Request {
        let url = if url.starts_with('/') { format!("{}{url}", self.base_url) } else { url.to_owned() };
        Request::new(self.agent.clone(), method, &url)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = &mut self.running {
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("— the server's last lines —\n{}", lines[lines.len().saturating_sub(20)..].join("\n"));
        }
    }
}

/// The value that stands behind a label at the start of a line.
pub fn find_line(text: &str, label: &str) -> Option<String> {
    text.lines().find_map(|line| Some(line.strip_prefix(label)?.trim().to_owned()))
}

fn spawn(sandbox: &Sandbox, listen: &str, arrange: fn(&mut Command)) -> (Running, String) {
    let mut command = sandbox.command(&["serve", "--listen", listen]);
    command.stdin(Stdio::null()).stderr(sandbox.log_file());
    arrange(&mut command);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary under test can be started");
    let mut stdout = BufReader::new(child.stdout.take().expect("standard output is piped"));
    let mut greeting = String::new();
    // Ends when the server listens, or has ended itself and so closed the pipe.
    while find_line(&greeting, "listening on").is_none() {
        let read = stdout.read_line(&mut greeting).expect("standard output can be read");
        if read == 0 {
            let status = child.wait().expect("our own child can be waited for");
            panic!("rolecall serve ended before it listened: {status}\n{greeting}\n{}", sandbox.log());
        }
    }
    (Running { child, _stdout: stdout }, greeting)
}
