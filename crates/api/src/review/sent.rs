//! A review as the answer to a request, sent while it is read.

use std::io::{self, Write};

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION},
    web::Bytes,
};
use futures_util::stream;
use rolecall_domain::{
    ports::{ReadCost, read_once_then, stopped},
    records::Org,
    use_cases::review::ReviewWanted,
};
use tokio::sync::{mpsc, oneshot};
use tracing::warn;

use super::{Format, ReviewError};
use crate::state::AppState;

/// So much is sent at once, and so many pieces may wait for a client that reads slowly.
const PIECE: usize = 64 * 1024;
const WAITING: usize = 4;

/// The review of an organisation, as a file to keep. It is sent as it is read, from one moment of the database, however long
/// it is. What is wrong with the wish is told before anything is sent.
pub async fn send(
    state: &AppState,
    org: Org,
    wanted: ReviewWanted,
    format: Format,
) -> Result<HttpResponse, ReviewError> {
    let now = state.clock.now();
    let name = format!("access-review-{}.{}", org.slug, format.extension());
    let (begun, begins) = oneshot::channel();
    let (pieces, received) = mpsc::channel::<io::Result<Bytes>>(WAITING);
    let broken = pieces.clone();
    // What was sent cannot be taken back, so it is asked once.
    read_once_then(
        &*state.store,
        ReadCost::Scan,
        move |tx| {
            let prepared = match super::prepare(tx, org, &wanted, now) {
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
            super::write(tx, &prepared, format, &mut out)?;
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
    begins.await.map_err(|_| ReviewError::from(stopped()))??;
    let body = stream::unfold(received, |mut received| async {
        received.recv().await.map(|piece| (piece, received))
    });
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(body))
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
