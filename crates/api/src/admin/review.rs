//! The access review, sent while it is read.

use std::io::{self, Write};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION},
    web::{Bytes, Data, ServiceConfig},
};
use futures_util::stream;
use rolecall_domain::{
    ports::{ReadCost, StoreError, read_once_then},
    time::Moment,
    use_cases::{review::ReviewWanted, workspaces::WorkspaceRef},
};
use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};
use tracing::warn;
use utoipa::IntoParams;

use super::{
    answer::Answer,
    call::Call,
    query,
    refusal::{Missing, Refusal},
    words,
};
use crate::{
    endpoint::Endpoint,
    problem::Problem,
    review::{self, Format, ReviewError},
    state::AppState,
};

/// So much is sent at once, and so many pieces may wait for a client that reads slowly.
const PIECE: usize = 64 * 1024;
const WAITING: usize = 4;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/access/review").get(show).done());
}

/// What to review, and in which form.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReviewParameters {
    /// Id or slug of a workspace; all, if absent.
    #[serde(default, deserialize_with = "words::given")]
    workspace: Option<String>,
    /// As it was then; as it is, if absent. A day alone (`2026-03-01`) is its end, in UTC.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<String>, example = "2026-03-01")]
    at: Option<Moment>,
    /// `csv`, `json` or `html`; `json` if absent.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<String>, example = "csv")]
    format: Option<Format>,
}

/// The document that auditors ask for: who has, or had at a moment, which role in which workspace, since when, why, and by
/// whose doing. It is sent as it is read, from one moment of the database, however long it is.
#[utoipa::path(
    get, path = "/v1/access/review", tag = "Access", operation_id = "access_review",
    params(ReviewParameters),
    responses(
        (status = 200, description = "The review", content(
            (String = "text/csv"), (String = "text/html"), (String = "application/json"),
        )),
        Refusal, Missing,
    )
)]
pub(crate) async fn show(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let asked: ReviewParameters = query::read(&request)?;
    let format = asked.format.unwrap_or_default();
    let wanted = ReviewWanted { workspace: asked.workspace.map(WorkspaceRef), at: asked.at };
    let (org, now) = (call.caller.org.clone(), state.clock.now());
    let name = format!("access-review-{}.{}", org.slug, format.extension());

    let (begun, begins) = oneshot::channel();
    let (pieces, received) = mpsc::channel::<io::Result<Bytes>>(WAITING);
    let broken = pieces.clone();
    // What was sent cannot be taken back, so it is asked once.
    read_once_then(
        &*state.store,
        ReadCost::Scan,
        move |tx| {
            let prepared = match review::prepare(tx, org, &wanted, now) {
                Ok(prepared) => prepared,
                Err(error) => {
                    // Nobody listens any more when the client has gone: nothing to do about it.
                    let _ = begun.send(Err(error));
                    return Ok(());
                }
            };
            if begun.send(Ok(())).is_err() {
                return Ok(());
            }
            let mut out = Pieces { waiting: Vec::with_capacity(PIECE), pieces };
            review::write(tx, &prepared, format, &mut out)?;
            Ok(out.flush()?)
        },
        // The answer has begun, so all that is left is to break it off: what is incomplete must not look complete.
        move |done: Result<(), ReviewError>| {
            if let Err(error) = done {
                warn!(%error, "an access review was not sent to its end");
                drop(broken.blocking_send(Err(io::Error::other(error))));
            }
        },
    );
    begins.await.map_err(|_| Problem::from(rolecall_domain::ports::stopped()))?.map_err(Problem::from)?;
    let body = stream::unfold(received, |mut received| async {
        received.recv().await.map(|piece| (piece, received))
    });
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(body))
}

impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::History(error) => error.into(),
            ReviewError::Output(error) => StoreError::Failed(error.to_string()).into(),
        }
    }
}

/// Collects what is written into pieces and hands them on, as fast as the client takes them.
struct Pieces {
    waiting: Vec<u8>,
    pieces: mpsc::Sender<io::Result<Bytes>>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let piece = std::mem::take(&mut self.waiting);
        if piece.is_empty() {
            return Ok(());
        }
        self.pieces.blocking_send(Ok(piece.into())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
