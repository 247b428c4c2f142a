//! Sends an answer. One that fits in memory goes at once; a long member list is read page by page while it is sent, so
//! that a group of a million costs the memory of one page.

use std::{collections::VecDeque, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    web::{self, Bytes},
};
use futures_util::stream;
use rolecall_domain::ports::{Directory, Refusal, Related, Resource, ResourcePage};

use super::{
    Failure, ScimRoutes, answer,
    answer::{Gap, Rendered, Renderer},
};

/// Sends one resource.
pub(super) async fn one<D: Directory>(
    mut response: HttpResponseBuilder,
    routes: &web::Data<ScimRoutes<D>>,
    client: &D::Client,
    renderer: &Arc<Renderer>,
    mut resource: Resource,
) -> Result<HttpResponse, Failure> {
    if !renderer.splices() {
        complete(&*routes.directory, client, &mut resource).await?;
    }
    let rendered = renderer.one(&resource);
    Ok(send(&mut response, routes, client, renderer, rendered))
}

/// Sends a page of resources.
pub(super) async fn list<D: Directory>(
    request: &HttpRequest,
    routes: &web::Data<ScimRoutes<D>>,
    client: &D::Client,
    renderer: &Arc<Renderer>,
    start_index: Option<u64>,
    next_cursor: Option<&str>,
    mut page: ResourcePage<Resource>,
) -> Result<HttpResponse, Failure> {
    if !renderer.splices() {
        for resource in &mut page.items {
            complete(&*routes.directory, client, resource).await?;
        }
    }
    let rendered = renderer.page(page.total, start_index, next_cursor, &page.items);
    let mut response = HttpResponse::Ok();
    response.content_type(answer::media_type(request));
    Ok(send(&mut response, routes, client, renderer, rendered))
}

/// Reads the rest of a member list, for an answer that is cut to some attributes and is needed whole.
async fn complete<D: Directory>(
    directory: &D,
    client: &D::Client,
    resource: &mut Resource,
) -> Result<(), Refusal> {
    let Related::Members { first, more } = &mut resource.related else { return Ok(()) };
    while *more {
        let Some(last) = first.last() else { break };
        let next = directory.members(client, resource.id, last.uuid()).await?;
        *more = !next.is_empty();
        first.extend(next);
    }
    Ok(())
}

fn send<D: Directory>(
    response: &mut HttpResponseBuilder,
    routes: &web::Data<ScimRoutes<D>>,
    client: &D::Client,
    renderer: &Arc<Renderer>,
    rendered: Rendered,
) -> HttpResponse {
    if rendered.gaps.is_empty() {
        return response.body(rendered.text);
    }
    let sending = Sending {
        routes: routes.clone(),
        client: client.clone(),
        renderer: renderer.clone(),
        text: Bytes::from(rendered.text),
        sent: 0,
        gaps: rendered.gaps.into(),
    };
    // A failure half way breaks the connection off: the client sees that the answer is not whole.
    response.streaming(stream::try_unfold(sending, Sending::next))
}

struct Sending<D: Directory> {
    routes: web::Data<ScimRoutes<D>>,
    client: D::Client,
    renderer: Arc<Renderer>,
    text: Bytes,
    sent: usize,
    gaps: VecDeque<Gap>,
}

impl<D: Directory> Sending<D> {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Failure> {
        let until = self.gaps.front().map_or(self.text.len(), |gap| gap.at);
        if self.sent < until {
            let chunk = self.text.slice(self.sent..until);
            self.sent = until;
            return Ok(Some((chunk, self)));
        }
        let Some(gap) = self.gaps.front_mut() else { return Ok(None) };
        let members = self.routes.directory.members(&self.client, gap.group, gap.after).await?;
        match members.last() {
            Some(last) => {
                gap.after = last.uuid();
                let chunk = format!(",{}", self.renderer.members(&members));
                Ok(Some((Bytes::from(chunk), self)))
            }
            None => {
                self.gaps.pop_front();
                // An empty chunk would end nothing; the text goes on with the next call.
                Ok(Some((Bytes::new(), self)))
            }
        }
    }
}
