//! Where settings come from: defaults, a TOML file, the environment, flags; later ones win.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    thread,
};

use config::{ConfigError, File, FileFormat, Map, Source, Value, ValueKind};

use super::{
    faults::Fault,
    keys::{self, KEYS, Key},
};

/// What `ROLECALL_…` variables there are.
pub(crate) struct Environment(Vec<(OsString, OsString)>);

/// What was said on the command line: a setting, the flag, its value.
#[derive(Default)]
pub(crate) struct Flags(Vec<(&'static str, &'static str, String)>);

impl Environment {
    /// The process's own.
    pub(crate) fn of_process() -> Self {
        Self::new(std::env::vars_os())
    }

    pub(super) fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut ours: Vec<_> =
            variables.into_iter().filter(|(name, _)| name.to_string_lossy().starts_with(PREFIX)).collect();
        // Complaints come in the same order each time.
        ours.sort();
        Self(ours)
    }
}

impl Flags {
    /// Notes a flag that was given.
    pub(crate) fn set(&mut self, key: &'static str, flag: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.0.push((key, flag, value.to_owned()));
        }
    }
}

const PREFIX: &str = "ROLECALL_";

/// Where a file is looked for when none is named. The first that exists counts, and only that.
const USUAL_PLACES: [&str; 2] = ["rolecall.toml", "/etc/rolecall/rolecall.toml"];

/// Merges all layers. Settings that are faulty are left out, and told in the faults.
pub(super) fn merge(
    named: Option<&Path>,
    environment: &Environment,
    flags: &Flags,
) -> (config::Config, Option<PathBuf>, Vec<Fault>) {
    let mut faults = Vec::new();
    let file = named
        .map(Path::to_owned)
        .or_else(|| USUAL_PLACES.iter().map(PathBuf::from).find(|place| place.exists()));
    let layers = [
        defaults(),
        file.as_deref().map(|path| of_file(path, &mut faults)).unwrap_or_default(),
        of_environment(environment, &mut faults),
        of_flags(flags),
    ];
    let builder =
        layers.into_iter().fold(config::Config::builder(), |builder, layer| builder.add_source(layer));
    let merged = builder.build().expect("each layer holds known keys with plain values, so that they merge");
    (merged, file, faults)
}

/// Settings with their values. A value's origin is how it is told: `default`, a file's name, a variable, a flag.
#[derive(Clone, Default, Debug)]
struct Layer(Vec<(&'static Key, Value)>);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.iter().map(|(key, value)| (key.name.to_owned(), value.clone())).collect())
    }
}

fn defaults() -> Layer {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let limits = rolecall_api::Limits::default();
    let number = |number: u64| ValueKind::U64(number);
    let text = |text: &str| ValueKind::String(text.to_owned());
    let value = |key: &Key| {
        Some(match key.name {
            "listen" => text("127.0.0.1:8080"),
            "database_url" => text("sqlite://rolecall.db"),
            "read_database_url" => text(""),
            "read_database_patience_ms" => number(100),
            // Two at least, so that one long answer does not hold up the others.
            "workers" => number(cores.max(2) as u64),
            "shutdown_timeout_seconds" => number(30),
            "log.level" => text("info"),
            "log.format" => text("auto"),
            "log.requests_days" => number(30),
            "limits.body_bytes" => number(limits.body_bytes as u64),
            "limits.page_size" => number(limits.page_size),
            "limits.requests_per_second" => number(0),
            "oauth.signing_key" => text(""),
            "oauth.lifetime" => number(3600),
            "first_org.slug" => text("default"),
            // `public_url` follows from where the server listens.
            _ => return None,
        })
    };
    let origin = "default".to_owned();
    let settings = KEYS.iter().filter_map(|key| Some((key, Value::new(Some(&origin), value(key)?))));
    Layer(settings.collect())
}

fn of_file(path: &Path, faults: &mut Vec<Fault>) -> Layer {
    let shown = path.display().to_string();
    let fault = |reason: String| Fault::File { path: shown.clone(), reason };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            faults.push(fault(match error.kind() {
                io::ErrorKind::NotFound => "does not exist".to_owned(),
                io::ErrorKind::InvalidData => "is not UTF-8 text".to_owned(),
                _ => format!("cannot be read: {error}"),
            }));
            return Layer::default();
        }
    };
    let table = match File::from_str(&text, FileFormat::Toml).collect() {
        Ok(table) => table,
        Err(error) => {
            faults.push(fault(format!("is not TOML: {}", place_and_reason(&error))));
            return Layer::default();
        }
    };
    let mut leaves = Vec::new();
    flatten(String::new(), table, &mut leaves);
    leaves.sort_by(|a, b| a.0.cmp(&b.0));
    let mut layer = Layer::default();
    for (name, value) in leaves {
        match keys::find(&name) {
            Some(key) => layer.0.push((key, Value::new(Some(&shown), value.kind))),
            None => faults.push(Fault::unknown_in_file(&name, &shown)),
        }
    }
    layer
}

/// The parser's message without the line of the file that it quotes: that may hold a password.
fn place_and_reason(error: &ConfigError) -> String {
    let cause = match error {
        ConfigError::FileParse { cause, .. } => cause.to_string(),
        other => other.to_string(),
    };
    let mut lines = cause.lines().map(str::trim).filter(|line| !line.is_empty() && !line.contains('|'));
    let place = lines.next().unwrap_or_default().trim_start_matches("TOML parse error at ").to_owned();
    match lines.next_back() {
        Some(reason) => format!("{place}: {reason}"),
        None => place,
    }
}

fn flatten(path: String, table: Map<String, Value>, leaves: &mut Vec<(String, Value)>) {
    for (name, value) in table {
        let path = if path.is_empty() { name } else { format!("{path}.{name}") };
        match value.kind {
            // An empty table is no setting, so it needs no complaint.
            ValueKind::Table(table) => flatten(path, table, leaves),
            _ => leaves.push((path, value)),
        }
    }
}

fn of_environment(environment: &Environment, faults: &mut Vec<Fault>) -> Layer {
    let mut layer = Layer::default();
    for (variable, value) in &environment.0 {
        let variable = variable.to_string_lossy();
        if is_of_a_command(&variable) || is_from_kubernetes(&variable) {
            continue;
        }
        // Compose files pass `NAME: ${NAME:-}`, which means that nobody has set it.
        if value.is_empty() {
            continue;
        }
        let name = variable[PREFIX.len()..].to_lowercase().replace("__", ".");
        let origin = variable.into_owned();
        match keys::find(&name) {
            Some(key) => {
                let text = value.to_string_lossy().into_owned();
                layer.0.push((key, Value::new(Some(&origin), ValueKind::String(text))));
            }
            None => faults.push(Fault::unknown_variable(&origin, &name)),
        }
    }
    layer
}

/// What commands read by themselves: `--config` the first, `simulate` the second, `db copy` the others. A shell that
/// exports one for them runs the other commands, too.
fn is_of_a_command(variable: &str) -> bool {
    matches!(variable, "ROLECALL_CONFIG" | "ROLECALL_SCIM_TOKEN" | "ROLECALL_COPY_FROM" | "ROLECALL_COPY_TO")
}

/// Kubernetes gives every pod variables for each Service of its namespace, so one called `rolecall` would stop the
/// server that it leads to: `ROLECALL_SERVICE_HOST`, `ROLECALL_PORT_8080_TCP_ADDR`, …
fn is_from_kubernetes(variable: &str) -> bool {
    variable == "ROLECALL_PORT"
        || variable.starts_with("ROLECALL_PORT_")
        || variable == "ROLECALL_SERVICE_HOST"
        || variable.starts_with("ROLECALL_SERVICE_PORT")
}

fn of_flags(flags: &Flags) -> Layer {
    let settings = flags.0.iter().filter_map(|(key, flag, value)| {
        Some((keys::find(key)?, Value::new(Some(&(*flag).to_owned()), ValueKind::String(value.clone()))))
    });
    Layer(settings.collect())
}
