//! `rolecall serve`: from a bound socket to a graceful stop.

use std::{
    future::poll_fn,
    io,
    net::{SocketAddr, TcpListener},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use actix_web::{
    App, HttpServer,
    dev::Server,
    middleware::{NormalizePath, from_fn},
};
use rolecall_api::{AppState, RequestLog};
use rolecall_console::Console;
use rolecall_storage::StandbyCondition;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinHandle,
};
use tracing::{info, warn};

use super::{CliError, output};
use crate::{
    config::{Config, Flags},
    first_start::{Welcome, welcome},
    wiring,
    workers::{drop_outdated, end_due, flush_token_use, remove_old_requests, write_request_log},
};

/// Arguments of `serve`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The address that clients use, when a proxy stands before the server
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// A standby of the PostgreSQL database, which answers long reads when it is up to date. Give one whose URL holds a
    /// password by ROLECALL_READ_DATABASE_URL or the file: `ps` shows flags
    #[arg(long, value_name = "URL")]
    read_database_url: Option<String>,
}

impl Arguments {
    pub(super) fn note(&self, flags: &mut Flags) {
        flags.set("listen", "--listen", self.listen.as_deref());
        flags.set("public_url", "--public-url", self.public_url.as_deref());
        flags.set("read_database_url", "--read-database-url", self.read_database_url.as_deref());
    }
}

pub(super) fn run(config: &Config) -> Result<(), CliError> {
    // The socket first: a start that cannot listen must not have used up the one showing of the secrets. Who connects
    // while the database migrates waits in the socket's queue.
    let (listener, address) = listen(&config.listen)?;
    let public_url = config.public_url_at(&address.to_string());
    let parts = wiring::open_to_serve(config)?;
    for migration in &parts.applied {
        info!(migration, "migration {migration} was applied");
    }
    // A standby is never needed, so one that is away stops no start.
    match parts.store.standby() {
        Some(StandbyCondition { address, trouble: None }) => info!("long reads go to {address}"),
        Some(StandbyCondition { address, trouble: Some(trouble) }) => {
            warn!("long reads shall go to {address}, and do not yet: {trouble}");
        }
        None => {}
    }
    let welcome = welcome(&parts, config)?;
    let state = parts.app_state(config, &public_url);

    actix_web::rt::System::new().block_on(async {
        let signals = StopSignals::install().map_err(CliError::Server)?;
        actix_web::rt::spawn(flush_token_use(Arc::clone(&state.token_use), Arc::clone(&state.store)));
        actix_web::rt::spawn(drop_outdated(Arc::clone(&state.store), Arc::clone(&state.clock)));
        let log = RequestLogWorkers::start(&state, config.request_log_days);
        actix_web::rt::spawn(end_due(
            Arc::clone(&state.store),
            Arc::clone(&state.clock),
            Arc::clone(&state.ids),
        ));
        let server = server(state, listener, config).map_err(CliError::Server)?;
        announce(&welcome, &public_url, address)?;
        info!(version = env!("CARGO_PKG_VERSION"), %address, workers = config.workers, "Rolecall is listening on {address}");
        until_stopped(server, signals, config.shutdown_timeout).await?;
        log.finish().await;
        Ok::<_, CliError>(())
    })?;

    // Every answer is out. What is left is to fold the write-ahead log into the database file.
    parts.store.close();
    info!("stopped");
    Ok(())
}

/// What keeps the provisioning log.
struct RequestLogWorkers {
    log: Arc<RequestLog>,
    writing: Option<JoinHandle<()>>,
}

impl RequestLogWorkers {
    fn start(state: &AppState, days: u64) -> Self {
        let (store, clock) = (&state.store, &state.clock);
        actix_web::rt::spawn(remove_old_requests(days, Arc::clone(store), Arc::clone(clock)));
        let log = Arc::clone(&state.request_log);
        let writing = log.receiver().map(|waiting| {
            let written = write_request_log(Arc::clone(&log), waiting, Arc::clone(store), Arc::clone(clock));
            actix_web::rt::spawn(written)
        });
        Self { log, writing }
    }

    /// Every request is answered; what they left behind is written before the process ends.
    async fn finish(self) {
        let Some(writing) = self.writing else { return };
        let finished = async {
            self.log.finish().await;
            writing.await
        };
        if tokio::time::timeout(Duration::from_secs(5), finished).await.is_err() {
            warn!("the last requests did not reach the provisioning log");
        }
    }
}

/// A server that cannot tell its addresses serves all the same; one that cannot show its secrets had better say so.
fn announce(welcome: &Welcome, public_url: &str, address: SocketAddr) -> Result<(), CliError> {
    match output::print(&format!("{}listening on {address}\n", welcome.render(public_url))) {
        Err(error) if welcome.shows_secrets() => Err(CliError::FirstSecretsLost { error }),
        _ => Ok(()),
    }
}

fn listen(address: &str) -> Result<(TcpListener, SocketAddr), CliError> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|error| CliError::Listen {
        address: address.to_owned(),
        reason: match error.kind() {
            io::ErrorKind::AddrInUse => {
                "another program listens there; stop it, or choose another port with --listen".to_owned()
            }
            io::ErrorKind::AddrNotAvailable => {
                "this machine has no such address; 0.0.0.0 stands for all that it has".to_owned()
            }
            io::ErrorKind::PermissionDenied => {
                "this user may not; ports below 1024 need root or CAP_NET_BIND_SERVICE".to_owned()
            }
            _ => error.to_string(),
        },
    })
}

fn server(state: AppState, listener: TcpListener, config: &Config) -> io::Result<Server> {
    let console = Console::new(state.clone());
    let app = move || {
        App::new()
            // A Tenant URL pasted with a slash at its end makes `…/v2//Users`, and some clients end paths with one.
            .wrap(NormalizePath::trim())
            .wrap(from_fn(rolecall_api::metrics::observe))
            .wrap(from_fn(rolecall_api::identify))
            .configure(rolecall_api::configure(state.clone()))
            .configure(rolecall_console::configure(console.clone()))
    };
    let server = HttpServer::new(app)
        .workers(config.workers)
        // Longer than the 60 s after which load balancers commonly drop an idle connection: a connection that we
        // close first may swallow a request that is already on its way.
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(10))
        .client_disconnect_timeout(Duration::from_secs(5))
        .shutdown_timeout(config.shutdown_timeout.as_secs())
        // actix would cut requests off at SIGINT; here both signals mean the same.
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

/// Runs the server until a signal, and then until the requests in flight are answered.
async fn until_stopped(server: Server, mut signals: StopSignals, patience: Duration) -> Result<(), CliError> {
    let handle = server.handle();
    let mut server = pin!(server);
    let mut asked = false;
    poll_fn(move |cx| {
        while let Poll::Ready(name) = signals.poll(cx) {
            if asked {
                warn!("{name} again: stopping at once");
                return Poll::Ready(Err(CliError::StoppedByForce));
            }
            asked = true;
            info!(
                "{name}: requests in flight have {} s to finish; a second signal stops at once",
                patience.as_secs()
            );
            // The command is sent here; the future would only tell what `server` tells, too.
            drop(handle.stop(true));
        }
        server.as_mut().poll(cx).map_err(CliError::Server)
    })
    .await
}

/// SIGTERM (systemd, Docker, Kubernetes) and SIGINT (Ctrl-C).
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn install() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    fn poll(&mut self, cx: &mut std::task::Context<'_>) -> Poll<&'static str> {
        if self.terminate.poll_recv(cx).is_ready() {
            return Poll::Ready("SIGTERM");
        }
        self.interrupt.poll_recv(cx).map(|_| "SIGINT")
    }
}
